/// <reference lib="dom" />
import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { call, live, liveWith, showing, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

/** Waits until the large tile shows a picture, on a canvas other than `first`. */
async function seeOther(page: Page, first: unknown = null): Promise<void> {
  await page.waitForFunction((first) => {
    const canvas = document.querySelector<HTMLCanvasElement>('.remote .picture:not(.away) canvas');
    // Its size differs before the first picture.
    return canvas !== null && canvas !== first && canvas.width === 1280;
  }, first);
}

describeWith('chromium', 'the participant’s video', () => {
  const gallery = useGallery();

  test('is shown for a new participant, whose units are counted from 0', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live)],
      units: ['remote camera'],
    });
    const { page } = ui;
    await seeOther(page);
    const first = await page.$('.remote canvas');
    ui.restartUnits();
    ui.emit(call(liveWith({ name: 'Ilse', fingerprint: '0000-0000-0000-0000-0000' })));
    await seeOther(page, first);
  });

  test('is shown when the camera turns on again, without its previous last picture', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live)],
      units: ['remote camera'],
    });
    const { page } = ui;
    await seeOther(page);
    const first = await page.$('.remote canvas');
    ui.spoilUnits('none');
    ui.emit(call(live, { remote: showing({ camera: { kind: 'off' } }) }));
    await page.getByText('camera is off').filter({ visible: true }).first().waitFor();
    ui.emit(call(live));
    await page.getByText('camera starts…').filter({ visible: true }).first().waitFor();
    expect(await page.locator('.remote .picture.away').count()).toBe(1);
    ui.restartUnits();
    ui.spoilUnits('good');
    await seeOther(page, first);
  });

  test('moves to a small tile while a screen is shared, and back', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live)],
      units: ['remote camera', 'remote screen'],
    });
    const { page } = ui;
    const stage = page.getByRole('region', { name: 'Jonas’s screen' });
    const small = page.locator('.tile.small', { hasText: 'Jonas' });
    await seeOther(page);
    ui.emit(call(live, { remote: showing({ screen: { kind: 'on' } }) }));
    await stage.getByText('Jonas shares their screen').waitFor();
    await stage.locator('.picture:not(.away)').waitFor();
    await small.locator('.picture:not(.away)').waitFor();
    ui.emit(call(live));
    await small.waitFor({ state: 'detached' });
    await seeOther(page);
    await becomes(() => page.getByRole('region', { name: 'Jonas’s video' }).count(), 1);
    // Each unit was consumed once: drawn, skipped, in a removed tile, or without a tile.
    ui.spoilUnits('none');
    const { sent, consumed } = ui.remoteUnits;
    await becomes(() => consumed.toSorted(), [...sent].sort());
  });

  test('is requested while the window is visible, and the app knows when it is not', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    const visibility = (): unknown[] =>
      ui.requests.filter(({ method }) => method === 'call.setVisible').map(({ params }) => params);
    await becomes(visibility, [{ visible: true }]);
    for (const hidden of [true, false]) {
      await page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    }
    await becomes(visibility, [{ visible: true }, { visible: false }, { visible: true }]);
  });
});
