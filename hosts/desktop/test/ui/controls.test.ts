import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import type { AppEvent } from '../../src/messages/index.js';
import { awkwardNames, call, opening, ownRoom, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes, see } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

describeWith('chromium', 'controls', () => {
  const gallery = useGallery();

  test('the displayed quality follows the slider, which sets it on release', async () => {
    const ui = await gallery.show({ events: signedIn(), answers: { 'settings.set': 'never' } });
    const { page } = ui;
    await page.getByRole('button', { name: 'Settings' }).click();
    const slider = page.getByRole('slider', { name: 'Quality', exact: true });
    const figure = page.locator('label', { hasText: 'Quality' }).locator('.figure');
    const sent = () => ui.requests.filter(({ method }) => method === 'settings.set');
    expect(await figure.textContent()).toBe('75');
    const { x, y, width, height } = (await slider.boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + 1, y + height / 2);
    await becomes(() => figure.textContent(), '10');
    expect(sent()).toEqual([]);
    await page.mouse.up();
    await becomes(sent, [{ method: 'settings.set', params: { quality: 10 } }]);
    expect(await figure.textContent()).toBe('10');
    // The app's value wins, for example if another window set it.
    ui.emit(...opening({ quality: 40 }));
    await becomes(() => figure.textContent(), '40');
    expect(await slider.inputValue()).toBe('40');
  });

  test.for([
    ['Leave and delete', 'Leave and keep'],
    ['Leave and keep', 'Leave and delete'],
  ])('pressing “%s” shows progress and disables the other button', async ([pressed, other]) => {
    const { page } = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
      answers: { 'call.leave': 'never' },
    });
    await page.getByRole('button', { name: 'Exit' }).click();
    const button = (name: string) => page.getByRole('button', { name });
    await button(pressed!).click();
    await button(pressed!).locator('.spinner').waitFor();
    expect(await button(other!).locator('.spinner').count()).toBe(0);
    expect(await button(other!).isDisabled()).toBe(true);
  });

  test('a truncated room name has a tooltip', async () => {
    const name = awkwardNames[0]!;
    const waiting: AppEvent = call({ phase: 'waiting' }, { room: { ...ownRoom, name } });
    const { page } = await gallery.show({ events: [...signedIn(), waiting] });
    await see(page, 'How your partner gets here');
    expect(await page.getByRole('banner').getByTitle(name).textContent()).toBe(name);
  });
});
