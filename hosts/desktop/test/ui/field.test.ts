import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { failure, opening } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes, hasFocus } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

/** Text added to a live region, with the region's politeness before. */
interface Said {
  readonly text: string;
  readonly live: string | null;
}

describeWith('chromium', 'a field’s error', () => {
  const gallery = useGallery();

  test('is read out once, whether the field has the focus or gets it', async () => {
    const message = 'The name or the password is wrong.';
    const { page } = await gallery.show({
      events: [...opening(), { event: 'account', account: null }],
      answers: { 'account.create': { error: failure('RK_ACCOUNT_REFUSED', message) } },
    });
    const field = page.getByLabel('Password', { exact: true });
    await field.fill('a password');
    // Screen readers announce text that appears in an existing live region.
    await page.evaluate(() => {
      const said: Said[] = [];
      Object.assign(window, { said });
      const lives = new Map(
        Array.from(document.querySelectorAll('[aria-live]')).map((region) => [
          region,
          region.getAttribute('aria-live'),
        ]),
      );
      new MutationObserver((changes) => {
        for (const { type, target, addedNodes } of changes) {
          const region = (target as Element).closest('[aria-live]');
          if (region === null) continue;
          if (type === 'attributes') lives.set(region, region.getAttribute('aria-live'));
          for (const { textContent } of Array.from(addedNodes)) {
            said.push({ text: textContent ?? '', live: lives.get(region) ?? null });
          }
        }
      }).observe(document.body, {
        childList: true,
        subtree: true,
        attributeFilter: ['aria-live'],
      });
    });
    const said = (): Promise<readonly Said[]> =>
      page.evaluate(() => (window as unknown as { said: Said[] }).said);

    // Once focused, the field is described by its error.
    const description = (): Promise<string | null> =>
      field.evaluate((input) => {
        const [id = ''] = (input.getAttribute('aria-describedby') ?? '').split(' ');
        return document.getElementById(id)?.textContent ?? null;
      });
    await page.getByRole('button', { name: 'Create account' }).press('Enter');
    await hasFocus(page, 'input Password');
    await becomes(description, message);
    expect(await said()).toEqual([{ text: message, live: 'off' }]);

    // In a focused field only the live region announces it, both times.
    for (const times of [2, 3]) {
      await field.press('Enter');
      await becomes(async () => (await said()).length, times);
      expect((await said()).at(-1)).toEqual({ text: message, live: 'assertive' });
    }
  });
});
