import type { Page } from 'playwright-core';
import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import type { ListedRoom } from '../../src/messages/index.js';
import { failure, room, signedIn } from './examples.js';
import { useGallery, type TestUi } from './gallery.js';
import { becomes, see } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

const lab = room(6, { name: 'Lab' });
const comes = (...rooms: readonly ListedRoom[]) =>
  ({ event: 'rooms', reset: false, rooms, lost: [] }) as const;

const joined = ({ requests }: TestUi): unknown[] =>
  requests.filter(({ method }) => method === 'call.join').map(({ params }) => params);

/** Points at the middle of a room’s row. */
async function pointAt(page: Page, name: string): Promise<void> {
  const { x, y, width, height } = (await page.getByRole('option', { name }).boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
}

describeWith('chromium', 'a redraw while the user clicks', () => {
  const gallery = useGallery();

  test('does not change which room a double-click joins', async () => {
    const ui = await gallery.show({ events: signedIn([lab]) });
    const { page } = ui;
    await pointAt(page, 'Lab');
    await page.mouse.down();
    await page.mouse.up();
    ui.emit(comes(room(7, { name: 'Attic', live: true })));
    await page.getByRole('option', { name: 'Attic' }).waitFor();
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    await becomes(() => joined(ui), [{ id: lab.id }]);
  });

  test('does not change the room of a double-click while the button is down', async () => {
    const ui = await gallery.show({ events: signedIn([lab]) });
    const { page } = ui;
    await pointAt(page, 'Lab');
    await page.mouse
      .click((await page.getByRole('option').boundingBox())!.x + 40, 0)
      .catch(() => 0);
    await pointAt(page, 'Lab');
    await page.mouse.down();
    ui.emit(comes(room(7, { name: 'Attic', live: true })));
    await page.getByRole('option', { name: 'Attic' }).waitFor();
    await page.mouse.up();
    await page.mouse.down({ clickCount: 2 });
    await page.mouse.up({ clickCount: 2 });
    await becomes(() => joined(ui), [{ id: lab.id }]);
  });

  test('does not change which room the button and Enter join', async () => {
    for (const join of ['button', 'Enter'] as const) {
      const ui = await gallery.show({ events: signedIn([lab]) });
      const { page } = ui;
      const button = page.getByRole('button', { name: 'Join room' });
      await page.getByRole('heading', { name: 'Lab' }).waitFor();
      const { x, y } = (await button.boundingBox())!;
      await page.mouse.move(x + 20, y + 20);
      if (join === 'button') await page.mouse.down();
      ui.emit(comes(room(7, { name: 'Attic', live: true })));
      await page.getByRole('option', { name: 'Attic' }).waitFor();
      if (join === 'button') await page.mouse.up();
      else await page.getByRole('listbox').press('Enter');
      await becomes(() => joined(ui), [{ id: lab.id }]);
    }
  });

  test('does not keep a repeated notice from being dismissed', async () => {
    const ui = await gallery.show({ events: signedIn([lab]) });
    const { page } = ui;
    const notice = (message: string) =>
      ({ event: 'notice', topic: 'app', failure: failure('RK_STORAGE_IO', message) }) as const;
    ui.emit(notice('The disk is full.'));
    await see(page, 'The disk is full.');
    const dismiss = page.getByRole('button', { name: 'Dismiss' });
    // Too soon, it would count as the same attempt and change nothing.
    await page.evaluate(() => {
      const now = performance.now.bind(performance);
      performance.now = () => now() + 60_000;
    });
    const { x, y } = (await dismiss.boundingBox())!;
    await page.mouse.move(x + 10, y + 10);
    await page.mouse.down();
    ui.emit(notice('The disk is full.'), comes(room(7, { name: 'Attic' })));
    await page.getByRole('option', { name: 'Attic' }).waitFor();
    await page.mouse.up();
    await dismiss.waitFor({ state: 'detached' });
    expect(await page.getByRole('region', { name: 'Notices' }).count()).toBe(0);
  });
});
