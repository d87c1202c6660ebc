import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { call, failure, live, ownRoom, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes, hasFocus } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

const isFull = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.fullscreenElement !== null);

/** Whether a click on its center hits it. */
const isSeen = (page: Page, name: string): Promise<boolean> =>
  page.getByRole('button', { name, exact: true }).evaluate((button) => {
    const { left, top, width, height } = button.getBoundingClientRect();
    return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  });

describeWith('chromium', 'full screen', () => {
  const gallery = useGallery();

  test('enlarges the partner’s video, and keeps the controls', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live, { room: ownRoom })],
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Full screen' }).press('Enter');
    await page.getByRole('button', { name: 'Leave full screen' }).waitFor();
    expect(await isFull(page)).toBe(true);
    const picture = page.getByRole('region', { name: 'Jonas’s video' });
    const { width } = (await picture.boundingBox())!;
    expect(width).toBe(await page.evaluate(() => window.innerWidth));
    ui.emit({
      event: 'notice',
      topic: 'camera',
      failure: failure('RK_CAMERA_LOST', 'The camera was disconnected.'),
    });
    for (const name of ['Dismiss', 'Start camera', 'Exit', 'Leave full screen']) {
      await becomes(() => isSeen(page, name), true);
    }
    expect(await page.getByRole('region', { name: 'Your video' }).isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Exit' }).press('Enter');
    await becomes(() => isSeen(page, 'Leave and keep'), true);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Leave full screen' }).press('Enter');
    await page.getByRole('button', { name: 'Full screen', exact: true }).waitFor();
    expect(await isFull(page)).toBe(false);
  });

  test('is left by the same button, which keeps the focus, even after the partner left', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    await page.getByRole('button', { name: 'Full screen' }).press('Enter');
    await page.getByRole('button', { name: 'Leave full screen' }).waitFor();
    ui.emit(call({ phase: 'searching', lastPartner: { name: 'Jonas', kind: 'left' } }));
    await page.getByText('comes back within 10 minutes').waitFor();
    await hasFocus(page, 'button Leave full screen');
    expect(await isSeen(page, 'Leave full screen')).toBe(true);
    await page.keyboard.press('Enter');
    await becomes(() => isFull(page), false);
    await hasFocus(page, 'h2 \u2068Jonas\u2069 left');
  });

  test('ends with the call', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    await page.getByRole('button', { name: 'Full screen' }).press('Enter');
    await page.getByRole('button', { name: 'Leave full screen' }).waitFor();
    ui.emit(call({ phase: 'ended', end: { kind: 'room-closed' } }));
    await page.getByRole('heading', { name: 'The room was deleted' }).waitFor();
    await becomes(() => isFull(page), false);
  });
});
