import { test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { call, failure, ownRoom, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes, hasFocus, see } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

const message = 'This isn’t the password that you used last time on this computer.';

describeWith('chromium', 'an owner’s password that differs from last time', () => {
  const gallery = useGallery();

  test('is reported at the field, which has the focus, until the user types', async () => {
    const ui = await gallery.show({ events: signedIn(), answers: { 'call.join': 'never' } });
    const { page } = ui;
    await page.getByRole('listbox').waitFor();
    ui.emit(call({ phase: 'deriving-key' }, { room: ownRoom }));
    await see(page, 'Checking the password…');
    const refused = failure('RK_ROOM_PASSWORD_CHANGED', message);
    const end = { kind: 'failed', failure: refused } as const;
    ui.emit(call({ phase: 'ended', end }, { room: ownRoom }));

    await hasFocus(page, 'input Room password');
    const field = page.getByRole('dialog').getByLabel('Room password');
    const description = (): Promise<string | undefined> =>
      field.evaluate((input) => {
        const [id = ''] = (input.getAttribute('aria-describedby') ?? '').split(' ');
        return document.getElementById(id)?.textContent;
      });
    await becomes(() => field.getAttribute('aria-invalid'), 'true');
    await becomes(description, message);
    await field.fill('sesame');
    await becomes(() => field.getAttribute('aria-invalid'), 'false');
    await page.keyboard.press('Escape');

    // Reopening shows the reason again.
    await see(page, 'Not the password you used last time');
    await page.getByRole('button', { name: 'Enter the password' }).press('Enter');
    await hasFocus(page, 'input Room password');
    await becomes(description, message);
  });
});
