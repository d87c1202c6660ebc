import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { revertAccount } from '../../../../test/support/imported-account.js';
import { createApp } from '../../src/app/index.js';
import { BinaryKind } from '../../src/messages/index.js';
import { waitForPageCount } from '../support/wait-for-page-count.js';
import type { RequestError, TestPage } from '../support/test-page.js';
import { MemoryLogger, createTestNetwork, PASSWORD, signedInMachine } from './test-network.js';

vi.setConfig({ testTimeout: 60_000 });

const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

describe('startup', () => {
  test('a page gets a full snapshot, and the account is kept for the next start', async () => {
    const world = await createTestNetwork();
    const { machine, page } = await signedInMachine(world, 'Ada');
    expect(page.events.slice(0, 8).map(({ event }) => event)).toEqual([
      'app',
      'settings',
      'account',
      'storage',
      'rooms',
      'call',
      'page-modules',
      'page',
    ]);
    expect(page.events.slice(2, 6)).toEqual([
      { event: 'account', account: null },
      { event: 'storage', failure: null },
      { event: 'rooms', reset: true, rooms: [], lost: [] },
      { event: 'call', call: null },
    ]);
    const started = page.last('app');
    expect(started).toMatchObject({ version: '1.2.3' });
    expect(started?.plugins.map(({ service, name }) => `${service} ${name}`)).toContain(
      'camera @roomkey/camera-pattern',
    );
    await page.request('rooms.create', { name: 'Lab' });
    await page.request('settings.set', { theme: 'dark' });
    const before = page.last('account');
    await machine.app.close();
    await machine.app.close();
    await page.closed();

    const again = await (await world.machine('Ada')).page();
    expect(again.last('account')).toEqual(before);
    expect(again.last('settings')?.settings.theme).toBe('dark');
    expect(await again.room('Lab')).toMatchObject({ mine: true, password: false, unlocked: false });
  });

  test('a damaged session and damaged settings are reported, and the app starts', async () => {
    const world = await createTestNetwork();
    const first = await signedInMachine(world, 'Ada');
    await first.machine.app.close();
    const { config } = first.machine.config.folders;
    await writeFile(join(config, 'session.json'), 'nonsense');
    await writeFile(join(config, 'desktop.json'), 'nonsense');
    const page = await (await world.machine('Ada')).page();
    for (const expected of ['RK_CONFIG_INVALID', 'RK_ACCOUNT_DAMAGED']) {
      await page.until(() =>
        page.events.some((one) => one.event === 'notice' && one.failure.code === expected),
      );
    }
    expect(page.last('account')).toMatchObject({ account: null });
    await page.request('account.signIn', { name: 'Ada', password: PASSWORD });
    expect(page.last('account')).toMatchObject({ account: { name: 'Ada' } });
  });

  test('an account that was reverted in the store is reported, and used only on confirmation', async () => {
    const world = await createTestNetwork();
    const first = await signedInMachine(world, 'Ada');
    const before = first.page.last('account')?.account?.fingerprint;
    await first.page.request('account.signOut', {});
    await first.machine.app.close();
    await revertAccount(first.machine.config.folders.data, 'Ada', PASSWORD);

    const page = await (await world.machine('Ada')).page();
    const signIn = (more: { newIdentity?: boolean } = {}): Promise<null> =>
      page.request('account.signIn', { name: 'Ada', password: PASSWORD, ...more });
    await expect(signIn()).rejects.toMatchObject({
      code: 'RK_ACCOUNT_REPLACED',
      message: expect.stringContaining('someone may have changed the database') as string,
    });
    expect(page.last('account')).toEqual({ event: 'account', account: null, last: 'Ada' });
    await signIn({ newIdentity: true });
    const after = page.last('account')?.account?.fingerprint;
    expect(after).not.toBe(before);
    // The new identity is known from then on.
    await page.request('account.signOut', {});
    await signIn();
    expect(page.last('account')?.account?.fingerprint).toBe(after);
  });

  test('an account whose record on this computer is unreadable is used only on confirmation', async () => {
    const world = await createTestNetwork();
    const { machine, page } = await signedInMachine(world, 'Ada');
    const own = join(machine.config.folders.config, 'own-accounts');
    const [file = ''] = await readdir(own);
    await writeFile(join(own, file), 'nonsense');
    await page.request('account.signOut', {});
    const ada = { name: 'Ada', password: PASSWORD };
    await expect(page.request('account.signIn', ada)).rejects.toMatchObject({
      failure: {
        code: 'RK_STORAGE_DAMAGED',
        message: expect.stringContaining(`The file ${join(own, file)} is damaged.`) as string,
        ownAccountUnreadable: true,
      },
    });
    await page.request('account.signIn', { ...ada, newIdentity: true });
    await page.request('account.signOut', {});
    await page.request('account.signIn', ada);
  });

  test('a user whose account is missing in the current store sees the reason', async () => {
    const world = await createTestNetwork();
    const first = await signedInMachine(world, 'Ada');
    await first.machine.app.close();
    await rm(first.machine.config.folders.data, { recursive: true });
    const page = await (await world.machine('Ada')).page();
    await page.until(() =>
      page.events.some(
        (one) =>
          one.event === 'notice' && one.failure.message.startsWith('Ada signed in here, and'),
      ),
    );
    expect(page.last('account')).toMatchObject({ account: null });
  });

  test('a failed start gives the reason and leaves nothing behind', async () => {
    const { config } = await (await createTestNetwork()).machine('Ada');
    const signal = AbortSignal.abort(new Error('the window was closed'));
    const logger = new MemoryLogger();
    await expect(createApp({ config, logger, version: '1', signal })).rejects.toThrow();
  });
});

describe('signed out', () => {
  test('rooms are listed, and requests that need an account fail with the reason', async () => {
    const world = await createTestNetwork();
    const { page: grace } = await signedInMachine(world, 'Grace');
    const { id } = await grace.request('rooms.create', { name: 'Lab' });
    await grace.request('call.join', { id });
    const page = await (await world.machine('Ada')).page();
    await page.request('rooms.refresh', {});
    expect(await page.room('Lab')).toMatchObject({ owner: 'Grace', mine: false, live: true });
    for (const asked of [
      page.request('call.join', { id }),
      page.request('rooms.create', { name: 'Den' }),
      page.request('rooms.remove', { id }),
      page.request('people.accept', { name: 'Grace', fingerprint: '0000' }),
      page.request('account.changePassword', { oldPassword: PASSWORD, newPassword: PASSWORD }),
    ]) {
      await expect(asked).rejects.toThrow(code('RK_ACCOUNT_SIGNED_OUT'));
    }
    await expect(page.request('call.startCamera', {})).rejects.toThrow(code('RK_CLOSED'));
    await page.request('call.leave', { deleteRoom: false });
    await page.request('call.stopCamera', {});
  });

  test('a name or password that is too long is refused, and the page stays connected', async () => {
    const long = 'x'.repeat(4096);
    const { page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const codes: unknown[] = [];
    for (const ask of [
      () => page.request('rooms.create', { name: long, password: long }),
      () => page.request('account.changePassword', { oldPassword: PASSWORD, newPassword: long }),
      () => page.request('account.changePassword', { oldPassword: long, newPassword: PASSWORD }),
      () => page.request('account.create', { name: long, password: PASSWORD }),
      () => page.request('account.create', { name: 'Grace', password: long }),
      () => page.request('account.signIn', { name: long, password: PASSWORD }),
    ]) {
      await ask().catch((error: unknown) => codes.push((error as RequestError).code));
    }
    expect(codes).toEqual([
      'RK_ROOM_NAME_INVALID',
      'RK_ACCOUNT_PASSWORD_INVALID',
      'RK_ACCOUNT_REFUSED',
      'RK_ACCOUNT_NAME_INVALID',
      'RK_ACCOUNT_PASSWORD_INVALID',
      'RK_ACCOUNT_REFUSED',
    ]);
    expect(page.isClosed).toBe(false);
  });

  test('signing out leaves the call and forgets the rooms’ passwords', async () => {
    const { page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab', password: 'between us' });
    await page.request('call.join', { id });
    await expect(page.request('rooms.remove', { id })).rejects.toThrow(code('RK_CALL_OPEN'));
    await page.request('account.signOut', {});
    expect(page.last('call')).toEqual({ event: 'call', call: null });
    expect(page.last('account')).toEqual({ event: 'account', account: null, last: 'Ada' });
    expect(page.rooms.get(id)).toMatchObject({ mine: false, unlocked: false });
    const wrong = { name: 'Ada', password: 'not this one' };
    await expect(page.request('account.signIn', wrong)).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
    await page.request('account.signIn', { name: 'Ada', password: PASSWORD });
    expect(page.rooms.get(id)).toMatchObject({ mine: true, unlocked: false });
    await page.request('rooms.remove', { id });
    await page.until(() => !page.rooms.has(id));
  });
});

describe('the previous account’s name', () => {
  /** Restarts Ada’s app after changing her folders. */
  const restart = async (happens: (folders: { config: string; data: string }) => unknown) => {
    const world = await createTestNetwork();
    const { machine } = await signedInMachine(world, 'Ada');
    await machine.app.close();
    await happens(machine.config.folders);
    const page = await (await world.machine('Ada')).page();
    return page.last('account');
  };
  const signedOut = { event: 'account', account: null };

  test('is known after signing out, in a reloaded page and after a restart', async () => {
    const world = await createTestNetwork();
    const { machine, page } = await signedInMachine(world, 'Ada');
    // As before this file existed.
    await rm(join(machine.config.folders.config, 'last-account.json'));
    await page.request('account.signOut', {});
    expect((await machine.page()).last('account')).toEqual({ ...signedOut, last: 'Ada' });
    await machine.app.close();
    const again = await (await world.machine('Ada')).page();
    expect(again.last('account')).toEqual({ ...signedOut, last: 'Ada' });
  });

  test.skipIf(process.platform === 'win32')('is stored in a file for its owner only', async () => {
    const world = await createTestNetwork();
    const { machine, page } = await signedInMachine(world, 'Ada');
    await page.request('account.signOut', {});
    const file = join(machine.config.folders.config, 'last-account.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('is known after the session is lost', async () => {
    for (const happens of [
      ({ config }: { config: string }) => rm(join(config, 'session.json')),
      ({ config }: { config: string }) => writeFile(join(config, 'session.json'), 'nonsense'),
    ]) {
      expect(await restart(happens)).toEqual({ ...signedOut, last: 'Ada' });
    }
  });

  test('is not offered if the store has no such account, or cannot be read', async () => {
    for (const happens of [
      ({ data }: { data: string }) => rm(data, { recursive: true }),
      async ({ config }: { config: string }) => {
        await rm(join(config, 'session.json'));
        await writeFile(join(config, 'last-account.json'), 'nonsense');
      },
    ]) {
      expect(await restart(happens)).toEqual(signedOut);
    }
  });
});

describe('deleting an account', () => {
  const remove = (page: TestPage, password = PASSWORD): Promise<null> =>
    page.request('account.remove', { password });

  test('deletes its rooms, and no others', async () => {
    const world = await createTestNetwork();
    const { machine, page } = await signedInMachine(world, 'Grace');
    const { id: hers } = await page.request('rooms.create', { name: 'Lab' });
    await page.request('account.create', { name: 'Ada', password: PASSWORD });
    for (const name of ['Den', 'Attic']) await page.request('rooms.create', { name });
    await page.until(() => page.rooms.size === 3);

    await expect(remove(page, 'not this one')).rejects.toMatchObject({
      code: 'RK_ACCOUNT_REFUSED',
      message: 'This is not your password.',
    });
    expect(page.rooms.size).toBe(3);
    expect(page.last('account')).toMatchObject({ account: { name: 'Ada' } });

    await remove(page);
    expect(page.last('account')).toEqual({ event: 'account', account: null });
    expect([...page.rooms.keys()]).toEqual([hers]);
    const signIn = page.request('account.signIn', { name: 'Ada', password: PASSWORD });
    await expect(signIn).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
    await expect(remove(page)).rejects.toThrow(code('RK_ACCOUNT_SIGNED_OUT'));
    await machine.app.close();
    const again = await (await world.machine('Grace')).page();
    expect(again.last('account')).toEqual({ event: 'account', account: null });
    expect(again.events.filter(({ event }) => event === 'notice')).toEqual([]);
  });

  test('is refused during a call', async () => {
    const { page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab' });
    await page.request('call.join', { id });
    await expect(remove(page)).rejects.toThrow(code('RK_CALL_OPEN'));
    expect(await page.room('Lab')).toMatchObject({ mine: true });
    await page.request('call.leave', { deleteRoom: false });
    await remove(page);
    await page.until(() => page.rooms.size === 0);
  });
});

describe('a call', () => {
  test('can be left during the key derivation, and joined again', async () => {
    const { page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab', password: 'between us' });
    const joining = page.request('call.join', { id });
    await page.phase('deriving-key');
    const leaving = page.request('call.leave', { deleteRoom: false });
    await page.until(() => page.last('call')?.call === null);
    const again = page.request('call.join', { id });
    await Promise.all([joining, leaving, again]);
    expect((await page.phase('waiting')).call.room).toEqual({
      id,
      name: 'Lab',
      owner: 'Ada',
      mine: true,
      password: true,
    });
    expect(await page.room('Lab', ({ live }) => live)).toMatchObject({ live: true });
  });

  test('does not open with an owner’s mistyped password, and opens with the right one', async () => {
    const world = await createTestNetwork();
    const { machine, page } = await signedInMachine(world, 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab', password: 'sesame' });
    await page.request('call.join', { id });
    await machine.app.close();

    const again = await (await world.machine('Ada')).page();
    // One of 256 wrong passwords goes unnoticed.
    let refused = '';
    for (const password of ['sesane', 'sesam', 'Sesame']) {
      await again.request('call.join', { id, password });
      const state = again.last('call')?.call?.state;
      if (state?.phase === 'ended') {
        expect(state.end).toMatchObject({ failure: { code: 'RK_ROOM_PASSWORD_CHANGED' } });
        refused = password;
        break;
      }
      await again.request('call.leave', { deleteRoom: false });
    }
    expect(refused).not.toBe('');
    expect(await again.room('Lab')).toMatchObject({ live: false, unlocked: false });
    await again.request('call.join', { id, password: 'sesame' });
    await again.phase('waiting');
    await again.request('call.leave', { deleteRoom: false });

    for (const phase of ['ended', 'waiting'] as const) {
      await again.request('call.join', { id, password: refused });
      expect(again.last('call')?.call?.state.phase).toBe(phase);
    }
  });

  test('is only one, if two joins arrive at once', async () => {
    const { page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab' });
    const joins = [page.request('call.join', { id }), page.request('call.join', { id })];
    const settled = await Promise.allSettled(joins);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(settled).toContainEqual({ status: 'rejected', reason: code('RK_CALL_OPEN') });
  });

  test('cannot join a room that does not exist', async () => {
    const { page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const join = page.request('call.join', { id: 'ab'.repeat(16) });
    await expect(join).rejects.toThrow(code('RK_ROOM_NOT_FOUND'));
    expect(page.last('call')).toEqual({ event: 'call', call: null });
  });

  test('continues during a reload, and moves to the newest window', async () => {
    const { machine, page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab' });
    await page.request('call.join', { id });
    await page.request('call.startCamera', {});
    await page.moreUnits(BinaryKind.preview, 2);
    const gone = waitForPageCount(machine.app, 0);
    page.port.close();
    await gone;

    const again = await machine.page();
    expect(again.last('call')?.call).toMatchObject({
      state: { phase: 'waiting' },
      camera: { kind: 'on', preview: true },
    });
    await again.moreUnits(BinaryKind.preview, 2);
    const other = await machine.page();
    await again.state('elsewhere');
    const seen = again.units.length;
    await other.moreUnits(BinaryKind.preview, 2);
    expect(again.units).toHaveLength(seen);
    const refused = again.request('call.leave', { deleteRoom: false });
    await expect(refused).rejects.toThrow(code('RK_CLOSED'));
    await again.request('page.activate', {});
    await again.moreUnits(BinaryKind.preview, 2);
    await other.state('elsewhere');
  });

  test('restarts the camera when the settings change', async () => {
    const { machine, page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab' });
    await page.request('call.join', { id });
    await page.request('settings.set', { resolution: '640x360', fps: 15 });
    await page.request('call.startCamera', {});
    await page.moreUnits(BinaryKind.preview, 1);
    expect(page.units.at(-1)?.unit).toMatchObject({ width: 640, height: 360 });
    await page.request('settings.set', { resolution: '1280x720' });
    await page.until(() => page.units.at(-1)?.unit.width === 1280);

    expect(await page.request('camera.devices', {})).toEqual([
      { id: 'pattern', label: 'Test picture' },
    ]);
    await page.request('settings.set', { deviceId: 'gone' });
    const failed = await page.until(() => {
      const camera = page.last('call')?.call?.camera;
      return camera?.kind === 'failed' && camera;
    });
    expect(failed.failure.code).toBe('RK_CAMERA_NOT_FOUND');
    const start = page.request('call.startCamera', {});
    await expect(start).rejects.toThrow(code('RK_CAMERA_NOT_FOUND'));
    // The camera knows this setting already.
    await page.request('settings.set', { deviceId: null });
    expect(page.last('settings')?.settings).not.toHaveProperty('deviceId');
    await page.request('call.startCamera', {});
    await page.request('settings.set', { deviceId: 'pattern' });
    await page.request('call.stopCamera', {});
    expect(page.last('call')?.call?.camera).toEqual({ kind: 'off' });
    const file = join(machine.config.folders.config, 'desktop.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      deviceId: 'pattern',
      fps: 15,
    });
  });

  test('sends no backlog to a page that does not read', async () => {
    const { page } = await signedInMachine(await createTestNetwork(), 'Ada');
    const { id } = await page.request('rooms.create', { name: 'Lab' });
    await page.request('call.join', { id });
    page.far.stuckBytes = 300_000;
    await page.request('call.startCamera', {});
    // The camera's view changes, but no frame is sent.
    await page.until(() => {
      const camera = page.last('call')?.call?.camera;
      return camera?.kind === 'on' && camera.preview;
    });
    expect(page.units).toEqual([]);
    page.far.stuckBytes = 0;
    await page.moreUnits(BinaryKind.preview, 1);
  });
});

test('a changed person is accepted by the compared fingerprint', async () => {
  const world = await createTestNetwork();
  const [ada, grace] = [await signedInMachine(world, 'Ada'), await signedInMachine(world, 'Grace')];
  const { id } = await grace.page.request('rooms.create', { name: 'Lab' });
  await grace.page.request('call.join', { id });
  await ada.page.room('Lab', ({ live }) => live);
  await ada.page.request('call.join', { id });
  await grace.page.letIn('Ada');
  await ada.page.phase('live');
  await ada.page.request('call.leave', { deleteRoom: false });
  await ada.machine.app.close();

  // The same name with a different identity, on another computer.
  const other = await world.machine('Other');
  const page = await other.page();
  await page.request('account.create', { name: 'Ada', password: PASSWORD });
  await page.room('Lab', ({ live }) => live);
  await page.request('call.join', { id });
  const refused = await grace.page.until(() => {
    const notice = grace.page.last('notice');
    return notice?.failure.code === 'RK_IDENTITY_MISMATCH' && notice;
  });
  expect(refused).toMatchObject({
    topic: 'refused',
    failure: {
      person: {
        name: 'Ada',
        known: [ada.page.last('account')?.account?.fingerprint],
        shown: [page.last('account')?.account?.fingerprint],
      },
    },
  });
  const waits = await page.until(() => {
    const state = page.last('call')?.call?.state;
    return state?.phase === 'searching' && state.lastPartner;
  });
  expect(waits).toEqual({ name: 'Grace', kind: 'unaccepted' });
  const accept = (fingerprint = '') =>
    grace.page.request('people.accept', { name: 'Ada', fingerprint });
  await expect(accept('0000-1111-2222-3333-4444')).rejects.toThrow(code('RK_IDENTITY_UNKNOWN'));
  await accept(refused.failure.person?.shown[0]);
  // No further request of the guest, and no repeated notice.
  await grace.page.letIn('Ada');
  await Promise.all([page.phase('live'), grace.page.phase('live')]);
  const phases = page.events
    .map((one) => (one.event === 'call' ? one.call?.state.phase : undefined))
    .filter((phase) => phase === 'live' || phase === 'ended');
  expect(phases[0]).toBe('live');
  const notices = (of: typeof page): unknown[] =>
    of.events.filter(({ event }) => event === 'notice');
  expect(notices(page)).toEqual([]);
  expect(notices(grace.page)).toHaveLength(1);
});
