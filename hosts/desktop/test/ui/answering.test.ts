/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { expect, test, vi } from 'vitest';
import { STEP_MS } from '../../../../test/support/app-window.js';
import { describeWith } from '../../../../test/support/optional.js';
import { call, live, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { hasFocus, see } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

describeWith('chromium', 'a window whose app doesn’t answer', () => {
  const gallery = useGallery();

  test('is inert from the disconnect until the reconnect', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    await page.getByRole('button', { name: 'Settings' }).focus();
    const back = await ui.lose();
    await see(page, 'Reconnecting to Roomkey…');
    // Unreachable by mouse, keyboard and screen reader, and visibly so.
    expect(await page.locator('button:not([inert] *)').count()).toBe(0);
    expect(
      await page.locator('.call-window').evaluate((one) => Number(getComputedStyle(one).opacity)),
    ).toBeLessThan(1);
    await back();
    await hasFocus(page, 'button Settings');
  });

  test('is inert in a dialog too, which keeps the typed text', async () => {
    const ui = await gallery.show({ events: signedIn() });
    const { page } = ui;
    await page.getByRole('button', { name: 'Create room' }).first().click();
    const name = page.getByRole('dialog').getByLabel('Name', { exact: true });
    await name.fill('Kitchen');
    const back = await ui.lose();
    await page.getByRole('status').filter({ hasText: 'Reconnecting to Roomkey…' }).waitFor();
    expect(await page.locator('dialog button:not([inert] *)').count()).toBe(0);
    await back();
    expect(await name.inputValue()).toBe('Kitchen');
  });

  test('is inert too if the connection is open but silent', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    const button = page.getByRole('button', { name: 'Settings' });
    await button.waitFor();
    ui.stall(true);
    await see(page, 'Reconnecting to Roomkey…');
    expect(await page.locator('button:not([inert] *)').count()).toBe(0);
    ui.stall(false);
    await button.waitFor({ timeout: STEP_MS });
  });
});
