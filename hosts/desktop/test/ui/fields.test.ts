import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import type { ParamsOf } from '../../src/messages/index.js';
import { failure, opening } from './examples.js';
import { useGallery } from './gallery.js';

vi.setConfig({ testTimeout: 120_000 });

describeWith('chromium', 'pasted text', () => {
  const gallery = useGallery();

  test('is sent unchanged, and the app’s error is shown at the field', async () => {
    const tooLong = failure('RK_ACCOUNT_NAME_INVALID', 'Take a name of at most 32 letters.');
    const ui = await gallery.show({
      events: [...opening(), { event: 'account', account: null }],
      answers: { 'account.create': { error: tooLong } },
    });
    const { page } = ui;
    const name = page.getByLabel('Name');
    await name.focus();
    await page.keyboard.insertText('x'.repeat(257));
    await page.keyboard.press('Enter');
    await page.locator('.field', { has: name }).getByText(tooLong.message).waitFor();
    expect(ui.requests).toEqual([
      { method: 'account.create', params: { name: 'x'.repeat(257), password: '' } },
    ]);
  });

  test('is inserted whole or not at all, and the latter is reported', async () => {
    const ui = await gallery.show({
      events: [...opening(), { event: 'account', account: null }],
      answers: { 'account.create': 'never' },
    });
    const { page } = ui;
    const password = page.getByLabel('Password', { exact: true });
    const refusal = page.locator('.field', { has: password }).getByText('none of it was taken');
    await password.focus();
    await page.keyboard.insertText('before ');
    await page.keyboard.insertText('"'.repeat(4096));
    await refusal.waitFor();
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    expect(await password.inputValue()).toBe('before ');
    // The old value is not submitted: there is only the request below.
    await page.keyboard.press('Enter');
    await page.keyboard.insertText('and after');
    await refusal.waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.getByText('Making your key…').waitFor();
    expect(ui.requests.map(({ params }) => params as ParamsOf<'account.create'>)).toEqual([
      { name: '', password: 'before and after' },
    ]);
  });
});
