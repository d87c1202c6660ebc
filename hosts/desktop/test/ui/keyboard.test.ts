import { expect, test, vi } from 'vitest';
import { STEP_MS } from '../../../../test/support/app-window.js';
import { describeWith } from '../../../../test/support/optional.js';
import type { AppEvent, LocalTrackView, ParamsOf } from '../../src/messages/index.js';
import {
  account,
  call,
  failure,
  jonas,
  live,
  opening,
  ownRoom,
  room,
  rooms,
  screen,
  signedIn,
  visited,
} from './examples.js';
import { useGallery, type ScriptedAnswer } from './gallery.js';
import { asked, becomes, hasFocus, see, tabTo } from './ui-probes.js';

vi.setConfig({ testTimeout: 120_000 });

describeWith('chromium', 'with the keyboard alone', () => {
  const gallery = useGallery();

  test('a user creates an account and a room, calls, leaves and deletes it', async () => {
    const made: AppEvent = {
      event: 'rooms',
      reset: false,
      // The list may not know yet that the password was given; the app does.
      rooms: [room(3, { name: 'Workshop', mine: true, password: true })],
      lost: [],
    };
    const ui = await gallery.show({
      events: [...opening(), { event: 'account', account: null }],
      answers: {
        'account.create': { events: [...signedIn([]), { event: 'account', account }] },
        'rooms.create': { result: { id: room(3).id }, events: [made] },
        'call.join': { events: [call({ phase: 'waiting' }, { room: ownRoom })] },
        'call.startCamera': {
          events: [call(live, { room: ownRoom, camera: { kind: 'on', preview: true } })],
        },
        'call.leave': { events: [{ event: 'call', call: null }] },
      },
    });
    const { page } = ui;
    const { keyboard } = page;
    await see(page, 'Create your account');
    await hasFocus(page, 'input Name');
    await keyboard.type('Marta Lindqvist');
    await keyboard.press('Tab');
    await keyboard.type('a long password');
    await keyboard.press('Enter');

    await see(page, 'No rooms yet');
    await tabTo(page, 'button Create room');
    await keyboard.press('Enter');
    await hasFocus(page, 'input Name');
    await keyboard.type('Workshop');
    await keyboard.press('Tab');
    await keyboard.type('gravel plum lantern otter');
    await see(page, 'Strong.');
    await keyboard.press('Enter');

    await page.getByRole('option', { name: 'Workshop' }).waitFor();
    await hasFocus(page, 'listbox Rooms');
    await keyboard.press('Enter');

    await see(page, 'How your partner gets here');
    await expect.poll(() => page.title(), { timeout: STEP_MS }).toContain('Workshop');
    await tabTo(page, 'button Start camera');
    await keyboard.press('Space');
    await see(page, 'Same identity as before');
    await hasFocus(page, 'button Stop camera');
    await becomes(() => page.title(), 'Jonas – Roomkey');

    await tabTo(page, 'button Exit');
    await keyboard.press('Enter');
    await see(page, 'Leave the room?');
    await keyboard.press('Escape');
    await hasFocus(page, 'button Exit');
    await keyboard.press('Enter');
    await tabTo(page, 'button Leave and delete');
    await keyboard.press('Enter');
    await page.getByRole('listbox').waitFor();
    await hasFocus(page, 'listbox Rooms');

    expect(asked(ui)).toEqual([
      {
        method: 'account.create',
        params: { name: 'Marta Lindqvist', password: 'a long password' },
      },
      {
        method: 'rooms.create',
        params: { name: 'Workshop', password: 'gravel plum lantern otter' },
      },
      { method: 'call.join', params: { id: room(3).id } },
      { method: 'call.startCamera', params: {} },
      { method: 'call.leave', params: { deleteRoom: true } },
    ]);
  });

  test('a room is selected by arrow keys and by typing, and asks for its password', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => room(1_000 + index));
    const required = 'The room has a password.';
    const ui = await gallery.show({
      events: signedIn([...rooms, ...many]),
      answers: { 'call.join': { error: failure('RK_ROOM_PASSWORD_REQUIRED', required) } },
    });
    const { page } = ui;
    const { keyboard } = page;
    const chosen = page.locator('[role=option][aria-selected=true] .room-name');
    await page.getByRole('listbox').waitFor();
    await hasFocus(page, 'listbox Rooms');
    // Only visible rows are in the DOM.
    expect(await page.getByRole('option').count()).toBeLessThan(60);

    await keyboard.press('End');
    await page.getByText('Room 10999').filter({ visible: true }).first().waitFor();
    expect(await chosen.textContent()).toBe('Room 10999');
    await keyboard.press('ArrowUp');
    expect(await chosen.textContent()).toBe('Room 10998');
    // The row referenced for screen readers exists even off screen.
    const active = async (): Promise<string | null> => {
      const id = await page.getByRole('listbox').getAttribute('aria-activedescendant');
      return page.locator(`#${id}`).getAttribute('aria-posinset', { timeout: STEP_MS });
    };
    await page.getByRole('listbox').evaluate((list) => (list.scrollTop = 0));
    await page.getByText('Ward 4, night desk').filter({ visible: true }).first().waitFor();
    expect(await active()).toBe('10005');
    await keyboard.press('Home');
    await keyboard.press('ArrowDown');
    expect(await chosen.textContent()).toBe('Ward 4, night desk');
    expect(await active()).toBe('2');

    await keyboard.press('Enter');
    await see(page, 'The owner of the room knows it.');
    await keyboard.press('Enter');
    await see(page, required);
    await hasFocus(page, 'input Room password');
    await keyboard.type('g');
    await page.getByText(required).waitFor({ state: 'detached' });
    await keyboard.press('Escape');
    await hasFocus(page, 'listbox Rooms');

    await keyboard.type('grandp');
    expect(await page.getByRole('searchbox').inputValue()).toBe('grandp');
    expect(await chosen.textContent()).toBe('Grandparents');
    expect(ui.requests.map(({ params }) => params)).toEqual([
      { id: room(2).id },
      { id: room(2).id, password: '' },
    ]);
  });

  test('no other room is selected until a new one is in the list', async () => {
    const made = room(9, { name: 'Attic', mine: true });
    const ui = await gallery.show({
      events: signedIn(),
      answers: { 'rooms.create': { result: { id: made.id } } },
    });
    const { page } = ui;
    const chosen = page.locator('[role=option][aria-selected=true]');
    const join = page.getByRole('button', { name: 'Join room' });
    await join.waitFor();
    await page.getByRole('button', { name: 'Create room' }).press('Enter');
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill(made.name);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.getByRole('option').count()).toBe(rooms.length);
    expect([await chosen.count(), await join.count()]).toEqual([0, 0]);
    ui.emit({ event: 'rooms', reset: false, rooms: [made], lost: [] });
    await hasFocus(page, 'listbox Rooms');
    expect(await chosen.textContent()).toContain(made.name);
    await page.keyboard.press('Enter');
    await becomes(
      () => ui.requests.map(({ params }) => params),
      [{ name: made.name }, { id: made.id }],
    );
  });

  test('a failure is shown even if its window is gone', async () => {
    const ui = await gallery.show({
      events: signedIn(),
      answers: { 'call.join': 'never' },
    });
    const { page } = ui;
    await page.getByRole('listbox').waitFor();
    await hasFocus(page, 'listbox Rooms');
    await page.keyboard.press('Enter');
    ui.emit(call({ phase: 'preparing' }));
    await see(page, 'Opening the room…');
    ui.emit({ event: 'call', call: null });
    await page.getByRole('listbox').waitFor();
    ui.cut();
    await see(page, 'isn’t responding');
  });

  test('an account is deleted with its password, and the welcome window appears', async () => {
    const ui = await gallery.show({
      events: signedIn(),
      answers: {
        'account.remove': ({ password }: ParamsOf<'account.remove'>) =>
          password === 'a long password'
            ? { events: [{ event: 'account', account: null }] }
            : { error: failure('RK_ACCOUNT_REFUSED', 'The password is wrong.') },
      },
    });
    const { page } = ui;
    const { keyboard } = page;
    await page.getByRole('button', { name: `Account: ${account.name}` }).press('Enter');
    await tabTo(page, 'button Delete account…');
    await keyboard.press('Enter');
    await see(page, 'This cannot be undone.');
    await see(page, 'Your 2 rooms, from everyone’s list: “Front door”, “Workshop”.');
    await hasFocus(page, 'input Your password');
    await keyboard.press('Escape');
    await see(page, 'Fingerprint');
    expect(ui.requests).toHaveLength(0);
    await tabTo(page, 'button Delete account…');
    await keyboard.press('Enter');
    await keyboard.type('a wrong one');
    await keyboard.press('Enter');
    await see(page, 'The password is wrong.');
    await hasFocus(page, 'input Your password');
    await keyboard.press('Control+A');
    await keyboard.type('a long password');
    await keyboard.press('Enter');
    await see(page, 'Create your account');
    await hasFocus(page, 'input Name');
    expect(ui.requests.map(({ params }) => params)).toEqual([
      { password: 'a wrong one' },
      { password: 'a long password' },
    ]);
  });

  test('the dialog that deletes an account cannot be closed while it runs', async () => {
    const ui = await gallery.show({
      events: signedIn(),
      answers: { 'account.remove': 'never' },
    });
    const { page } = ui;
    const { keyboard } = page;
    const dialog = page.getByRole('dialog');
    const ways = ['Cancel', 'Close'].map((name) =>
      dialog.getByRole('button', { name, exact: true }),
    );
    const areDisabled = (): Promise<boolean[]> => Promise.all(ways.map((way) => way.isDisabled()));
    await page.getByRole('button', { name: `Account: ${account.name}` }).press('Enter');
    await tabTo(page, 'button Delete account…');
    await keyboard.press('Enter');
    await hasFocus(page, 'input Your password');
    expect(await areDisabled()).toEqual([false, false]);
    await keyboard.type('a long password');
    await keyboard.press('Enter');
    await see(page, 'Deleting…');
    expect(await areDisabled()).toEqual([true, true]);
    // On a second Escape browsers close a dialog that only prevents `cancel`.
    for (let times = 0; times < 3; times += 1) await keyboard.press('Escape');
    ui.cut();
    await dialog.getByText('isn’t responding').filter({ visible: true }).waitFor();
    expect(await areDisabled()).toEqual([false, false]);
    await keyboard.press('Escape');
    await see(page, 'Fingerprint');
  });

  test('after a room was deleted by anyone the list has the focus', async () => {
    const own = rooms.find(({ name }) => name === 'Front door')!;
    const gone: AppEvent = { event: 'rooms', reset: false, rooms: [], lost: [own.id] };
    const ui = await gallery.show({
      events: signedIn(),
      answers: { 'rooms.remove': { events: [gone] } },
    });
    const { page } = ui;
    await page.getByRole('option', { name: own.name }).click();
    await page.getByRole('button', { name: 'Delete…' }).press('Enter');
    await page.getByRole('button', { name: 'Delete room' }).press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await hasFocus(page, 'listbox Rooms');
    const answer = { event: 'rooms', reset: false, rooms: [own], lost: [] } as const;
    ui.emit(answer);
    await page.getByRole('option', { name: own.name }).click();
    await page.getByRole('button', { name: 'Delete…' }).focus();
    ui.emit(gone);
    await hasFocus(page, 'listbox Rooms');
  });

  test('a failed screen share is reported until the next attempt, and leaves the camera alone', async () => {
    const refused = failure('RK_CAMERA_DENIED', 'The browser does not share the screen.');
    const camera = { kind: 'on', preview: false } as const;
    const open = (screen: LocalTrackView): AppEvent =>
      call({ phase: 'waiting' }, { camera, screen });
    let isAllowed = false;
    const ui = await gallery.show({
      events: [...signedIn(), open({ kind: 'off' })],
      answers: {
        'camera.devices': { result: [screen] },
        'call.startScreen': () =>
          isAllowed
            ? { events: [open({ kind: 'on', preview: false })] }
            : { events: [open({ kind: 'failed', failure: refused })], error: refused },
      },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Share screen' }).press('Enter');
    await see(page, refused.message);
    await page.getByRole('button', { name: 'Stop camera' }).waitFor();
    isAllowed = true;
    await page.getByRole('button', { name: 'Share screen' }).press('Enter');
    await page.getByRole('button', { name: 'Stop sharing' }).waitFor();
    await becomes(() => page.getByText(refused.message).count(), 0);
  });

  test('a lost app is reported until it is back, and no state is shown as live', async () => {
    const ui = await gallery.show({ events: [...signedIn(), call(live)] });
    const { page } = ui;
    const text = page.getByRole('status').filter({ hasText: 'Reconnecting to Roomkey…' });
    const header = page.getByRole('banner');
    await header.getByText('Connected to').waitFor();
    const back = await ui.lose();
    await text.waitFor();
    expect(await page.getByText('Connected to').count()).toBe(0);
    expect(await page.locator('.status.live').count()).toBe(0);
    await becomes(() => page.title(), 'Roomkey');
    await back();
    await header.getByText('Connected to').waitFor();
    await becomes(() => text.count(), 0);

    ui.emit({ event: 'call', call: null });
    await page.locator('.status.live').first().waitFor();
    await ui.lose();
    await text.waitFor();
    expect(await page.locator('.status.live').count()).toBe(0);
  });

  test('a stopped local video is not reported while the app is lost', async () => {
    const ui = await gallery.show({
      events: [
        ...signedIn(),
        call({ phase: 'waiting' }, { camera: { kind: 'on', preview: true } }),
      ],
      units: ['preview camera'],
    });
    const { page } = ui;
    const own = page.getByRole('region', { name: 'Your video' });
    const text = own.getByText('Your camera stopped working');
    await becomes(
      () => own.locator('canvas').evaluate(({ width }: HTMLCanvasElement) => width),
      1280,
    );
    ui.spoilUnits('none');
    await text.waitFor();
    await ui.lose();
    await page.getByRole('status').filter({ hasText: 'Reconnecting to Roomkey…' }).waitFor();
    expect(await text.count()).toBe(0);
  });

  test('a starting camera can be stopped while the browser asks', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
      answers: { 'call.startCamera': 'never' },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Start camera' }).press('Enter');
    ui.emit(call({ phase: 'waiting' }, { room: ownRoom, camera: { kind: 'starting' } }));
    await page.getByRole('button', { name: 'Stop camera' }).press('Enter');
    await expect
      .poll(() => ui.requests.map(({ method }) => method), { timeout: STEP_MS })
      .toContain('call.stopCamera');
  });

  test('the screen is shared beside the camera, not mirrored, and stopped on its own', async () => {
    const camera = { kind: 'on', preview: true } as const;
    const shared = call(live, { camera, screen: { kind: 'on', preview: true } });
    const ui = await gallery.show({
      events: [...signedIn(), call(live, { camera })],
      answers: {
        'camera.devices': { result: [screen] },
        'call.startScreen': { events: [shared] },
        'call.stopScreen': { events: [call(live, { camera })] },
      },
    });
    const { page } = ui;
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    const own = page.getByRole('region', { name: 'Your screen' });
    await button('Share screen').press('Enter');
    await own.waitFor();
    expect(await page.locator('.mirrored').count()).toBe(1);
    expect(await own.locator('.mirrored').count()).toBe(0);
    await button('Stop camera').waitFor();
    expect(await button('Share screen').count()).toBe(0);
    await button('Stop sharing').press('Enter');
    await own.waitFor({ state: 'detached' });
    await hasFocus(page, 'button Share screen');
    expect(asked(ui)).toEqual([
      { method: 'call.startScreen', params: { deviceId: screen.id } },
      { method: 'call.stopScreen', params: {} },
    ]);
  });

  test('a screen share that starts can be stopped while the browser asks', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call(live)],
      answers: { 'camera.devices': { result: [screen] }, 'call.startScreen': 'never' },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Share screen' }).press('Enter');
    ui.emit(call(live, { screen: { kind: 'starting' } }));
    await page.getByRole('button', { name: 'Stop sharing' }).press('Enter');
    await expect
      .poll(() => ui.requests.map(({ method }) => method), { timeout: STEP_MS })
      .toContain('call.stopScreen');
  });

  test('the screen is not in the list of cameras', async () => {
    const front = { id: 'front', label: 'Front camera' };
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' })],
      answers: { 'camera.devices': { result: [front, screen] } },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Share screen' }).waitFor();
    const listed = page.getByRole('combobox', { name: 'Camera' }).locator('option');
    expect(await listed.allTextContents()).toEqual(['Automatic', 'Front camera']);
    // Earlier versions could select it permanently.
    ui.emit(...opening({ deviceId: screen.id }));
    await becomes(() => listed.allTextContents(), ['Automatic', 'Front camera', screen.label]);
    ui.emit(...opening({ deviceId: undefined }));
    await becomes(() => listed.allTextContents(), ['Automatic', 'Front camera']);
  });

  test('the list is refreshed, and the user signs out', async () => {
    const ui = await gallery.show({
      events: signedIn(),
      answers: {
        'account.signOut': { events: [{ event: 'account', account: null, last: account.name }] },
      },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Refresh' }).press('Enter');
    await page.getByRole('button', { name: `Account: ${account.name}` }).press('Enter');
    await tabTo(page, 'button Sign out');
    await page.keyboard.press('Enter');
    await see(page, 'Welcome back');
    await hasFocus(page, 'input Password');
    const name = page.getByRole('textbox', { name: 'Name' });
    expect(await name.inputValue()).toBe(account.name);
    await page.getByRole('button', { name: 'Create an account' }).press('Enter');
    await see(page, 'Create your account');
    expect(await name.inputValue()).toBe('');
    await page.getByRole('button', { name: 'Sign in' }).press('Enter');
    await see(page, 'Welcome back');
    expect(await name.inputValue()).toBe(account.name);
    expect(ui.requests.map(({ method }) => method)).toEqual(['rooms.refresh', 'account.signOut']);
  });

  test('a setting is sent even if the previous one is unanswered', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
      answers: { 'settings.set': 'never' },
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Mirror my picture' }).press('Enter');
    await page.getByRole('button', { name: 'Show figures' }).press('Enter');
    await becomes(
      () => ui.requests.filter(({ method }) => method === 'settings.set'),
      [
        { method: 'settings.set', params: { mirror: false } },
        { method: 'settings.set', params: { statistics: true } },
      ],
    );
  });

  test('a connected camera can be selected, and a failure to list cameras is shown', async () => {
    let answer: ScriptedAnswer = {
      error: failure('RK_CAMERA_DENIED', 'The system does not permit the use of the camera.'),
    };
    const { page } = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
      answers: { 'camera.devices': () => answer },
    });
    await see(page, 'The system does not permit the use of the camera.');
    const camera = page.getByRole('combobox', { name: 'Camera' });
    const chosen = camera.locator('option:checked');
    expect(await chosen.textContent()).toBe('Cameras not known');
    answer = { result: [{ id: 'front', label: 'Front camera' }] };
    await page.evaluate(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
    await becomes(() => chosen.textContent(), 'Front camera');
    expect(await page.getByText('does not permit').count()).toBe(0);
  });

  test('a selected camera can be reset to automatic', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
      answers: {
        'camera.devices': { result: [{ id: 'front', label: 'Front camera' }] },
        'settings.set': { events: opening({ deviceId: undefined }) },
      },
    });
    const camera = ui.page.getByRole('combobox', { name: 'Camera' });
    const chosen = camera.locator('option:checked');
    await becomes(() => chosen.textContent(), 'Front camera');
    await camera.press('Home');
    await becomes(
      () => ui.requests.filter(({ method }) => method === 'settings.set'),
      [{ method: 'settings.set', params: { deviceId: null } }],
    );
    await becomes(() => chosen.textContent(), 'Automatic');
  });

  test('a selected camera can be reset to automatic even without cameras', async () => {
    const ui = await gallery.show({
      events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
      answers: { 'settings.set': { events: opening({ deviceId: undefined }) } },
    });
    const camera = ui.page.getByRole('combobox', { name: 'Camera' });
    const chosen = camera.locator('option:checked');
    await becomes(() => chosen.textContent(), 'No camera found');
    expect(await camera.isEnabled()).toBe(true);
    await camera.press('Home');
    await becomes(
      () => ui.requests.filter(({ method }) => method === 'settings.set'),
      [{ method: 'settings.set', params: { deviceId: null } }],
    );
    await becomes(() => camera.isEnabled(), false);
    expect(await chosen.textContent()).toBe('No camera found');
  });

  test('the password dialog is for the room that was joined', async () => {
    let answer: (said: ScriptedAnswer) => void = () => undefined;
    const answered = new Promise<ScriptedAnswer>((resolve) => (answer = resolve));
    const ui = await gallery.show({
      events: signedIn(),
      answers: { 'call.join': () => answered },
    });
    const option = (name: string) => ui.page.getByRole('option', { name });
    await option('Ward 4').dblclick();
    // Before the answer, which is for the first room.
    await option('Kitchen').dblclick();
    answer({ error: failure('RK_ROOM_PASSWORD_REQUIRED', 'The room has a password.') });
    await ui.page.getByRole('dialog').waitFor();
    expect(await ui.page.getByRole('dialog').ariaSnapshot()).toContain('Ward 4');
  });

  test('retrying a room with a password asks for it', async () => {
    const room = { ...ownRoom, mine: false };
    const ui = await gallery.show({
      events: [
        ...signedIn(),
        call(
          {
            phase: 'ended',
            end: { kind: 'failed', failure: failure('RK_TRANSPORT_BROKEN', 'It was cut.') },
          },
          { room },
        ),
      ],
      answers: {
        'call.join': ({ password }: ParamsOf<'call.join'>) =>
          password === undefined
            ? { error: failure('RK_ROOM_PASSWORD_REQUIRED', 'The room has a password.') }
            : { events: [call({ phase: 'deriving-key' }, { room })] },
      },
    });
    const { page } = ui;
    const { keyboard } = page;
    for (const end of ['Escape', 'Enter']) {
      await page.getByRole('button', { name: 'Try again' }).press('Enter');
      await page.getByRole('dialog').waitFor();
      await hasFocus(page, 'input Room password');
      expect(await page.getByText('The room has a password.').count()).toBe(0);
      if (end === 'Enter') await keyboard.type('gravel plum');
      await keyboard.press(end);
    }
    await see(page, 'Checking the password');
    expect(ui.requests.findLast(({ method }) => method === 'call.join')).toMatchObject({
      params: { id: room.id, password: 'gravel plum' },
    });
  });

  test('a visited room is shown as closed, joined, and forgotten', async () => {
    const gone: AppEvent = { event: 'rooms', reset: false, rooms: [], lost: [visited.id] };
    const ui = await gallery.show({
      events: signedIn([rooms[0]!, visited]),
      answers: {
        'rooms.forget': { events: [gone] },
        'call.join': { error: failure('RK_TRANSPORT_LISTEN', 'There is no port.') },
      },
    });
    const { page } = ui;
    const row = page.getByRole('option', { name: visited.name });
    await page.getByRole('listbox').press('ArrowDown');
    await becomes(() => row.getAttribute('aria-selected'), 'true');
    expect(await row.innerText()).toMatch(
      /Dr\. Amara Okafor\s+· last visit Nov 28, 2026[^]*Closed/,
    );
    await see(page, 'You can wait in the room.');
    await page.getByRole('listbox').press('Enter');
    await see(page, 'There is no port.');
    await page.getByRole('button', { name: 'Forget' }).press('Enter');
    await row.waitFor({ state: 'detached' });
    await hasFocus(page, 'listbox Rooms');
    expect(asked(ui)).toEqual([
      { method: 'call.join', params: { id: visited.id } },
      { method: 'rooms.forget', params: { id: visited.id } },
    ]);
  });

  test('a changed person is accepted once, even if joining needs two attempts', async () => {
    const changed = failure('RK_IDENTITY_MISMATCH', 'Jonas shows another identity.');
    const person = { name: 'Jonas', known: [jonas.fingerprint], shown: ['c02a-77e9'] };
    let isBusy = true;
    const ui = await gallery.show({
      events: [
        ...signedIn(),
        call({
          phase: 'ended',
          end: { kind: 'failed', failure: { ...changed, person } },
        }),
      ],
      answers: {
        'call.join': () =>
          isBusy
            ? { error: failure('RK_TRANSPORT_BROKEN', 'It was cut.') }
            : { events: [call({ phase: 'searching' })] },
      },
    });
    const { page } = ui;
    const accept = page.getByRole('button', { name: 'It is theirs: accept and join' });
    await accept.press('Enter');
    await see(page, 'It was cut.');
    isBusy = false;
    await accept.press('Enter');
    await see(page, 'You’ll join when');
    expect(ui.requests.map(({ method }) => method).slice(0, 3)).toEqual([
      'people.accept',
      'call.join',
      'call.join',
    ]);
  });

  test('a changed owner is compared, accepted, and joined', async () => {
    const posed = room(2, { name: 'Ward 4', known: 'changed', live: true, password: true });
    const person = { name: 'Jonas', known: [jonas.fingerprint], shown: ['c02a-77e9'] };
    let step = 0;
    const answers: ScriptedAnswer[] = [
      { error: { ...failure('RK_IDENTITY_MISMATCH', 'Jonas shows another identity.'), person } },
      { error: { ...failure('RK_IDENTITY_MISMATCH', 'Jonas shows another identity.'), person } },
      { error: failure('RK_ROOM_PASSWORD_REQUIRED', 'The room has a password.') },
    ];
    const ui = await gallery.show({
      events: signedIn([posed]),
      answers: { 'call.join': () => answers[step++]! },
    });
    const { page } = ui;
    await hasFocus(page, 'listbox Rooms');
    await see(page, 'Check that it’s really them before you join.');
    const dialog = page.getByRole('dialog', { name: /shows another identity/ });
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await hasFocus(page, 'listbox Rooms');
    expect(ui.requests.map(({ method }) => method)).toEqual(['call.join']);

    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await tabTo(page, 'button It is theirs: accept and join');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /^Join/ }).waitFor();
    expect(ui.requests.slice(1)).toEqual([
      { method: 'call.join', params: { id: posed.id } },
      { method: 'people.accept', params: { name: 'Jonas', fingerprint: 'c02a-77e9' } },
      { method: 'call.join', params: { id: posed.id } },
    ]);
  });

  test('of several identities the compared one is accepted', async () => {
    const shown = ['c02a-77e9-4d1b-90ff-a3c8', '19d4-0b6e-83aa-5c27-f010'];
    const person = { name: 'Jonas', known: [jonas.fingerprint], shown };
    const ui = await gallery.show({
      events: [
        ...signedIn(),
        call({ phase: 'waiting' }, { room: ownRoom }),
        {
          event: 'notice',
          topic: 'refused',
          failure: { ...failure('RK_IDENTITY_MISMATCH', 'Jonas shows another identity.'), person },
        },
      ],
    });
    const { page } = ui;
    await page.getByRole('button', { name: 'Compare…' }).press('Enter');
    const accept = page.getByRole('button', { name: 'It is theirs: accept' });
    expect(await accept.isDisabled()).toBe(true);
    await page.getByRole('radio').nth(1).press('Space');
    await accept.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(ui.requests.filter(({ method }) => method === 'people.accept')).toEqual([
      { method: 'people.accept', params: { name: 'Jonas', fingerprint: shown[1] } },
    ]);
  });
});
