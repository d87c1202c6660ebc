import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import type { AppEvent } from '../../src/messages/index.js';
import { awkwardNames, call, opening, ownRoom, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { becomes, see } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

describeWith('chromium', 'what is pressed and dragged', () => {
  const gallery = useGallery();

  test('the figure of the quality follows the slider, which sets it when it is let go', async () => {
    const ui = await gallery.show({ events: signedIn(), answers: { 'settings.set': 'never' } });
    const { page } = ui;
    await page.getByRole('button', { name: 'Settings' }).click();
    const slider = page.getByRole('slider', { name: 'Quality', exact: true });
    const figure = page.getByRole('dialog').locator('.figure');
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
    // What the app says counts, as where another window has set it.
    ui.emit(...opening({ quality: 40 }));
    await becomes(() => figure.textContent(), '40');
    expect(await slider.inputValue()).toBe('40');
  });

  test.for([
    ['Leave and delete', 'Leave and keep'],
    ['Leave and keep', 'Leave and delete'],
  ])('“%s” shows that it was pressed, and the other cannot be', async ([pressed, other]) => {
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

  test('a name of a room that is cut off is told whole where it is pointed at', async () => {
    const name = awkwardNames[0]!;
    const waiting: AppEvent = call({ phase: 'waiting' }, { room: { ...ownRoom, name } });
    const { page } = await gallery.show({ events: [...signedIn(), waiting] });
    await see(page, 'How your partner gets here');
    expect(await page.getByRole('banner').getByTitle(name).textContent()).toBe(name);
  });
});
