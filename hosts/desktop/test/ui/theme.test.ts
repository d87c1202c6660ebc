import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

describeWith('chromium', 'the chosen theme', () => {
  const gallery = useGallery();

  test('applies to the next window before the app has answered', async () => {
    const ui = await gallery.show({ events: signedIn(undefined, { theme: 'dark' }) });
    const { page } = ui;
    await page.getByRole('listbox').waitFor();
    const theme = (): Promise<string | undefined> =>
      page.evaluate(() => document.documentElement.dataset['theme']);
    await becomes(theme, 'dark');
    // No other script of the page runs.
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.reload();
    await page.getByText('Opening Roomkey…').waitFor();
    expect(await theme()).toBe('dark');
    const ground = await page.evaluate(() => getComputedStyle(document.body).colorScheme);
    expect(ground).toBe('dark');
  });
});
