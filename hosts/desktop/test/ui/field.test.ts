import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { failure, opening } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes, hasFocus } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

/** What comes into a live region, and how live that was before. */
interface Said {
  readonly text: string;
  readonly live: string | null;
}

describeWith('chromium', 'why a field is not accepted', () => {
  const gallery = useGallery();

  test('is heard once, whether the focus is in the field or comes there', async () => {
    const message = 'The name or the password is wrong.';
    const { page } = await gallery.show({
      events: [...opening(), { event: 'account', account: null }],
      answers: { 'account.create': { error: failure('RK_ACCOUNT_REFUSED', message) } },
    });
    const field = page.getByLabel('Password', { exact: true });
    await field.fill('a password');
    // What a screen reader hears by itself: text that comes into a region that is live already.
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

    // Wherever it is asked from, the field describes itself by it once the focus is there.
    const description = (): Promise<string | null> =>
      field.evaluate((input) => {
        const [id = ''] = (input.getAttribute('aria-describedby') ?? '').split(' ');
        return document.getElementById(id)?.textContent ?? null;
      });
    await page.getByRole('button', { name: 'Create account' }).press('Enter');
    await hasFocus(page, 'input Password');
    await becomes(description, message);
    expect(await said()).toEqual([{ text: message, live: 'off' }]);

    // In the field nothing else would say it: not the first time, and not the second.
    for (const times of [2, 3]) {
      await field.press('Enter');
      await becomes(async () => (await said()).length, times);
      expect((await said()).at(-1)).toEqual({ text: message, live: 'assertive' });
    }
  });
});
