import { expect, test, vi } from 'vitest';
import { STEP_MS } from '../../../../test/support/app-window.js';
import { describeWith } from '../../../../test/support/optional.js';
import type { AppEvent } from '../../src/messages/index.js';
import { call, failure, jonas, live, opening, room, rooms, screen, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { hasFocus, see, tabTo } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

const notice = (message: string): AppEvent => ({
  event: 'notice',
  topic: 'app',
  failure: failure('RK_STORAGE_IO', message),
});
const changed: AppEvent = {
  event: 'notice',
  topic: 'refused',
  failure: {
    ...failure('RK_IDENTITY_MISMATCH', 'Jonas shows another identity.'),
    person: { name: 'Jonas', known: [jonas.fingerprint], shown: ['c02a-77e9'] },
  },
};

describeWith('chromium', 'the focus, when its element disappears,', () => {
  const gallery = useGallery();

  test('moves from “Share screen” to “Stop sharing”', async () => {
    const { page } = await gallery.show({
      events: [...signedIn(), call(live)],
      answers: {
        'camera.devices': { result: [screen] },
        'call.startScreen': { events: [call(live, { screen: { kind: 'starting' } })] },
      },
    });
    await page.getByRole('button', { name: 'Share screen' }).waitFor();
    await tabTo(page, 'button Start camera');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await see(page, 'Starting screen sharing…');
    await hasFocus(page, 'button Stop sharing');
  });

  test('moves to the next notice, to the first after the last, and then to the window', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    const own = page.getByRole('region', { name: 'Notices' });
    ui.emit(notice('First.'), notice('Second.'), notice('Third.'));
    await own.getByText('Third.').waitFor();
    const dismiss = (text: string) =>
      own.locator('.notice', { hasText: text }).getByRole('button', { name: 'Dismiss' });
    const isFocused = (text: string): Promise<void> =>
      expect
        .poll(() => dismiss(text).evaluate((button) => button === document.activeElement), {
          timeout: STEP_MS,
        })
        .toBe(true);
    await dismiss('Second.').press('Enter');
    await isFocused('Third.');
    await page.keyboard.press('Enter');
    await isFocused('First.');
    await page.keyboard.press('Enter');
    await own.waitFor({ state: 'detached' });
    await hasFocus(page, 'h1 Kitchen');
  });

  test('moves to the window after a person was accepted', async () => {
    const { page } = await gallery.show({ events: [...signedIn(), call(live), changed] });
    await page.getByRole('button', { name: 'Compare…' }).press('Enter');
    await tabTo(page, 'button It is theirs: accept');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await hasFocus(page, 'h1 Kitchen');
  });

  test('moves to the list after a failure was dismissed', async () => {
    const { page } = await gallery.show({
      events: signedIn(),
      answers: { 'call.join': { error: failure('RK_ROOM_NOT_FOUND', 'It is gone.') } },
    });
    await page.getByRole('option', { name: 'Kitchen' }).dblclick();
    await see(page, 'It is gone.');
    await page.getByRole('button', { name: 'Dismiss' }).press('Enter');
    await hasFocus(page, 'listbox Rooms');
  });

  test('moves to the list once it exists, if the window had nothing to focus', async () => {
    const [first, ...later] = signedIn();
    const ui = await gallery.show({
      events: [...opening(), { event: 'account', account: null }],
    });
    const { page } = ui;
    await hasFocus(page, 'input Name');
    ui.emit(
      first!,
      later.find(({ event }) => event === 'account')!,
    );
    await see(page, 'Looking for rooms…');
    ui.emit({ event: 'rooms', reset: true, rooms: [...rooms, room(9)], lost: [] });
    await hasFocus(page, 'listbox Rooms');
  });
});
