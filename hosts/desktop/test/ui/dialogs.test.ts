import { expect, test, vi } from 'vitest';
import { STEP_MS } from '../../../../test/support/app-window.js';
import { describeWith } from '../../../../test/support/optional.js';
import type { AppEvent } from '../../src/messages/index.js';
import { call, failure, jonas, live, ownRoom, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { expectAnnounced, hasFocus, tabTo } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

const notice = (message: string): AppEvent => ({
  event: 'notice',
  topic: 'camera',
  failure: failure('RK_CAMERA_LOST', message),
});
const stopped = 'The camera was disconnected.';
const connected = 'Connected to \u2068Jonas\u2069';

describeWith('chromium', 'while a dialog is open', () => {
  const gallery = useGallery();

  test('new notices are read out once, and not again when the dialog closes', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
    });
    const { page } = ui;
    const dialog = page.getByRole('dialog');
    await expectAnnounced(page, 'Waiting for someone to come');
    ui.emit(notice('It came before.'));
    await expectAnnounced(page, 'Waiting for someone to come', 'It came before.');

    for (const name of ['Settings', 'Exit']) {
      await page.getByRole('button', { name }).press('Enter');
      await dialog.waitFor();
      // The dialog's announcer does not repeat old notices.
      await expectAnnounced(page);
      ui.emit(call(live, { room: ownRoom }));
      await expectAnnounced(page, connected);
      ui.emit(notice(`${name}: ${stopped}`));
      await expectAnnounced(page, connected, `${name}: ${stopped}`);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await expectAnnounced(page);
      ui.emit(call({ phase: 'waiting' }, { room: ownRoom }));
      await expectAnnounced(page, 'Waiting for someone to come');
    }

    await page.getByRole('button', { name: 'Settings' }).press('Enter');
    await dialog.waitFor();
    await ui.lose();
    await expectAnnounced(page, 'Reconnecting to Roomkey…');
  });

  test('a notice can be dismissed by mouse and keyboard', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live), notice('It came before.')],
    });
    const { page } = ui;
    await expectAnnounced(page, 'Connected to \u2068Jonas\u2069', 'It came before.');
    await page.getByRole('button', { name: 'Settings' }).press('Enter');
    const shown = page.getByRole('dialog').getByRole('region', { name: 'Notices' });
    await shown.getByText('It came before.').waitFor();
    // The window's notices are hidden behind it.
    expect(await page.getByRole('region', { name: 'Notices' }).count()).toBe(1);
    await shown.getByRole('button', { name: 'Dismiss' }).click();
    await shown.waitFor({ state: 'detached' });
    ui.emit(notice('First.'), notice('Second.'));
    await shown.getByText('Second.').waitFor();
    await page.keyboard.press('Shift+Tab');
    await tabTo(page, 'button Dismiss');
    await expectAnnounced(page, 'Second.');
    await page.keyboard.press('Enter');
    await shown.getByText('Second.').waitFor({ state: 'detached' });
    // The previous notice, now focused, is not announced again.
    await expectAnnounced(page);
    await hasFocus(page, 'button Dismiss');
    await page.keyboard.press('Enter');
    await shown.waitFor({ state: 'detached' });
    await hasFocus(page, 'button Close');
    await expectAnnounced(page);
    await page.keyboard.press('Escape');
    await hasFocus(page, 'button Settings');
    expect(await page.locator('.notice').count()).toBe(0);
  });

  test('its own notice is not repeated in it, and gets the focus back afterwards', async () => {
    const person = { name: 'Jonas', known: [jonas.fingerprint], shown: ['c02a-77e9'] };
    const changed: AppEvent = {
      event: 'notice',
      topic: 'refused',
      failure: { ...failure('RK_IDENTITY_MISMATCH', 'Jonas shows another identity.'), person },
    };
    const ui = await gallery.show({
      events: [
        ...signedIn(),
        call({ phase: 'waiting' }, { room: ownRoom }),
        changed,
        notice(stopped),
      ],
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Compare…' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText(stopped).filter({ visible: true }).waitFor();
    expect(await dialog.locator('.notice').count()).toBe(1);
    // While someone waits for acceptance, the notice repeats every minute.
    await page.evaluate(() => {
      const now = performance.now.bind(performance);
      performance.now = () => now() + 60_000;
    });
    ui.emit(changed, notice('Something else.'));
    await dialog.locator('.notice', { hasText: 'Something else.' }).waitFor();
    expect(await dialog.locator('.notice').count()).toBe(2);
    await page.keyboard.press('Escape');
    await hasFocus(page, 'button Compare…');
    expect(await page.locator('.notice').filter({ visible: true }).count()).toBe(3);
  });
});

describeWith('chromium', 'without a dialog', () => {
  const gallery = useGallery();

  test('a library’s message is available on request, and not read out', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    const full = failure('RK_STORAGE_IO', 'The disk is full.');
    ui.emit({
      event: 'notice',
      topic: 'storage',
      failure: { ...full, details: 'ENOSPC: write' },
    });
    await expectAnnounced(page, connected, 'The disk is full.');
    const foreign = page.getByText('ENOSPC: write');
    expect(await foreign.isVisible()).toBe(false);
    await page.locator('.notice summary').press('Enter');
    await foreign.waitFor({ state: 'visible' });
    await expectAnnounced(page, connected, 'The disk is full.');
  });

  test('each notice is read out once, and none again when another is dismissed', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    ui.emit(notice('First.'), notice('Second.'));
    await expectAnnounced(page, connected, 'Second.');
    await page
      .locator('.notice', { hasText: 'Second.' })
      .getByRole('button', { name: 'Dismiss' })
      .press('Enter');
    await page.getByText('Second.').first().waitFor({ state: 'detached', timeout: STEP_MS });
    await expectAnnounced(page, connected);
  });
});
