import { expect, test, vi } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { call, failure, live, room, signedIn } from './examples.js';
import { useGallery } from './gallery.js';
import { asked, becomes, hasFocus, see } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

const left = { name: 'Jonas', kind: 'left' } as const;

describeWith('chromium', 'a guest whose host left', () => {
  const gallery = useGallery();

  test('sees that, and can leave at once', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live)],
      answers: { 'call.leave': { events: [{ event: 'call', call: null }] } },
    });
    const { page } = ui;
    await page.getByText('Same identity as before').waitFor();
    ui.emit(call({ phase: 'searching', lastPartner: left }));
    await page.getByRole('heading', { name: /^\WJonas\W left$/ }).waitFor();
    await page.getByRole('button', { name: 'Leave', exact: true }).press('Enter');
    await page.getByRole('listbox', { name: 'Rooms' }).waitFor();
    expect(asked(ui)).toEqual([{ method: 'call.leave', params: { deleteRoom: false } }]);
  });

  test('can wait, even during a connection attempt', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'connecting', host: '192.0.2.1', lastPartner: left })],
      answers: { 'call.wait': { events: [call({ phase: 'searching' })] } },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Wait for Jonas' }).press('Enter');
    await see(page, 'You’ll join when');
    expect(asked(ui)).toEqual([{ method: 'call.wait', params: {} }]);
    await becomes(() => page.getByRole('button', { name: 'Wait for Jonas' }).count(), 0);
    await hasFocus(page, 'h2 Waiting for \u2068Jonas\u2069');
  });

  test('can wait again after the search ended', async () => {
    const gone = failure('RK_ROOM_NOT_OPEN', 'Jonas left and didn’t come back.');
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'ended', end: { kind: 'failed', failure: gone } })],
      answers: { 'call.join': { events: [call({ phase: 'searching' })] } },
    });
    const { page } = ui;
    await page.getByRole('heading', { name: /^\WJonas\W isn’t here$/ }).waitFor();
    await page.getByRole('button', { name: 'Wait for Jonas' }).press('Enter');
    await see(page, 'You’ll join when');
    expect(asked(ui)).toEqual([{ method: 'call.join', params: { id: room(1).id } }]);
  });
});

describeWith('chromium', 'a host whose guest left', () => {
  const gallery = useGallery();

  test('waits as before, without a question', async () => {
    const own = { id: room(3).id, name: 'Workshop', owner: 'Marta', mine: true, password: false };
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting', lastPartner: left }, { room: own })],
    });
    await ui.page.getByRole('heading', { name: /^\WJonas\W left$/ }).waitFor();
    expect(await ui.page.getByRole('button', { name: /^Wait/ }).count()).toBe(0);
  });
});
