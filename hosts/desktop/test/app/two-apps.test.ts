import { isDeepStrictEqual } from 'node:util';
import { expect, test, vi } from 'vitest';
import { readPattern } from '@roomkey/camera-pattern';
import { BinaryKind } from '../../src/messages/index.js';
import type { TestPage } from '../support/test-page.js';
import { createTestNetwork, PASSWORD, signedInMachine } from './test-network.js';

vi.setConfig({ testTimeout: 60_000 });

const SECRET = 'between us';

test('two people sign up, share a room with a password, find each other and see each other', async () => {
  const world = await createTestNetwork();
  const [ada, grace] = [await signedInMachine(world, 'Ada'), await signedInMachine(world, 'Grace')];
  const { id } = await grace.page.request('rooms.create', { name: 'Lab', password: SECRET });
  expect(await grace.page.room('Lab', ({ unlocked }) => unlocked)).toEqual({
    id,
    name: 'Lab',
    owner: 'Grace',
    known: 'same',
    password: true,
    unlocked: true,
    stored: true,
    live: false,
    confirmed: false,
    full: false,
    compatible: true,
    mine: true,
  });
  await grace.page.request('call.join', { id });
  await grace.page.phase('waiting');

  expect(await ada.page.room('Lab')).toMatchObject({ live: true, mine: false, unlocked: false });
  await expect(ada.page.request('call.join', { id })).rejects.toMatchObject({
    code: 'RK_ROOM_PASSWORD_REQUIRED',
  });
  expect(ada.page.last('call')).toEqual({ event: 'call', call: null });
  await ada.page.request('call.join', { id, password: SECRET });
  const [hers, his] = [await ada.page.phase('live'), await grace.page.phase('live')];
  const [herView] = hers.state.participants;
  expect(herView.words).toEqual(his.state.participants[0].words);
  expect(herView).toMatchObject({ name: 'Grace', known: 'new' });
  expect(herView.fingerprint).toBe(grace.page.last('account')?.account?.fingerprint);
  await ada.page.room('Lab', ({ unlocked }) => unlocked);
  const phases = ada.page.events.flatMap((one) =>
    one.event === 'call' && one.call !== null ? [one.call.state.phase] : [],
  );
  expect(phases.slice(0, 2)).toEqual(['deriving-key', 'preparing']);

  for (const { page } of [ada, grace]) await page.request('call.startCamera', {});
  for (const { page } of [ada, grace]) {
    await page.moreUnits(BinaryKind.remote, 5);
    await page.moreUnits(BinaryKind.preview, 5);
    expect(page.last('call')?.call?.camera).toEqual({ kind: 'on', preview: true });
    expect(page.last('call')?.call?.remote.camera).toEqual({ kind: 'on' });
    const remote = page.units.filter(({ kind }) => kind === BinaryKind.remote);
    const [first, second] = remote.map(({ unit }) => unit);
    expect(first).toMatchObject({
      codec: 'jpeg',
      isKey: true,
      width: 1280,
      height: 720,
      number: 0,
    });
    expect(second?.number).toBe(1);
    expect((await readPattern(second?.data ?? new Uint8Array()))?.time).toBe(
      Math.floor(second?.capturedAt ?? 0),
    );
  }
  // The last statistics may be from before the cameras ran.
  await ada.page.until(
    () => (ada.page.last('statistics')?.statistics.received.camera.units ?? 0) > 0,
  );

  await grace.page.request('call.leave', { deleteRoom: true });
  expect(grace.page.last('call')).toEqual({ event: 'call', call: null });
  expect((await ada.page.phase('ended')).state.end).toEqual({ kind: 'room-closed' });
  await grace.page.until(() => !grace.page.rooms.has(id));
  await ada.page.until(() => !ada.page.rooms.has(id));
  await ada.page.request('call.leave', { deleteRoom: false });
  expect(ada.page.last('call')).toEqual({ event: 'call', call: null });
});

test('a guest whose host left sees that, waits, and joins when the room opens again', async () => {
  const world = await createTestNetwork();
  const [ada, grace] = [await signedInMachine(world, 'Ada'), await signedInMachine(world, 'Grace')];
  const { id } = await grace.page.request('rooms.create', { name: 'Lab' });
  await grace.page.request('call.join', { id });
  await ada.page.room('Lab', ({ live }) => live);
  await ada.page.request('call.join', { id });
  await grace.page.letIn('Ada');
  await Promise.all([ada.page.phase('live'), grace.page.phase('live')]);
  await grace.page.request('call.leave', { deleteRoom: false });
  const lastPartner = { name: 'Grace', kind: 'left' };
  const { call } = await ada.page.phase('searching');
  expect(call).toMatchObject({ room: { owner: 'Grace', mine: false }, state: { lastPartner } });

  // The page is reloaded meanwhile.
  const page = await ada.machine.page();
  expect((await page.phase('searching')).state).toEqual({ phase: 'searching', lastPartner });
  await page.request('call.wait', {});
  await page.until(() => isDeepStrictEqual(page.last('call')?.call?.state, { phase: 'searching' }));
  await grace.page.request('call.join', { id });
  await grace.page.letIn('Ada');
  expect((await page.phase('live')).state.participants[0]).toMatchObject({
    name: 'Grace',
    known: 'same',
  });
  // Without a missing host it does nothing.
  await page.request('call.leave', { deleteRoom: false });
  await page.request('call.wait', {});
  expect(page.last('call')).toEqual({ event: 'call', call: null });
});

test('a guest of a room without a password gets nothing before being let in', async () => {
  const world = await createTestNetwork();
  const [dora, grace] = [
    await signedInMachine(world, 'Dora'),
    await signedInMachine(world, 'Grace'),
  ];
  const { id } = await grace.page.request('rooms.create', { name: 'Porch' });
  await grace.page.request('call.join', { id });
  await grace.page.request('call.startCamera', {});
  await grace.page.moreUnits(BinaryKind.preview, 2);
  await dora.page.room('Porch', ({ live }) => live);
  await dora.page.request('call.join', { id });
  await dora.page.request('call.startCamera', {});
  expect((await dora.page.phase('knocking')).state).toEqual({ phase: 'knocking', name: 'Grace' });
  const knock = await grace.page.knock('Dora');
  expect(knock).toMatchObject({
    known: 'new',
    fingerprint: dora.page.last('account')?.account?.fingerprint,
  });
  const remote = ({ units }: TestPage) => units.filter(({ kind }) => kind === BinaryKind.remote);
  // Both cameras run for a while.
  for (const { page } of [dora, grace]) {
    await page.moreUnits(BinaryKind.preview, 10);
    expect(remote(page)).toEqual([]);
    expect(page.last('call')?.call?.remote.camera).toEqual({ kind: 'off' });
  }

  await grace.page.request('call.letIn', { id: knock.id });
  for (const { page } of [dora, grace]) {
    await page.moreUnits(BinaryKind.remote, 5);
    expect(page.last('call')?.call).toMatchObject({ camera: { kind: 'on' }, knocks: [] });
  }
});

test('a guest who is declined is told so, and asks in vain for a while', async () => {
  const world = await createTestNetwork();
  const [dora, grace] = [
    await signedInMachine(world, 'Dora'),
    await signedInMachine(world, 'Grace'),
  ];
  const { id } = await grace.page.request('rooms.create', { name: 'Porch' });
  await grace.page.request('call.join', { id });
  await dora.page.room('Porch', ({ live }) => live);
  await dora.page.request('call.join', { id });
  await grace.page.request('call.decline', { id: (await grace.page.knock('Dora')).id });
  for (const attempt of ['first', 'second']) {
    expect((await dora.page.phase('ended')).state.end, attempt).toMatchObject({
      failure: { code: 'RK_ROOM_DECLINED', message: 'Grace didn’t let you in.' },
    });
    expect(grace.page.last('call')?.call).toMatchObject({
      state: { phase: 'waiting' },
      knocks: [],
    });
    if (attempt === 'first') await dora.page.request('call.join', { id });
  }
  const asked = grace.page.events.filter(
    (one) => one.event === 'call' && one.call !== null && one.call.knocks.length > 0,
  );
  expect(asked).toHaveLength(1);
});

test('a visited room stays in the list: closed, joined there, live, forgotten', async () => {
  const world = await createTestNetwork();
  const [ada, grace] = [await signedInMachine(world, 'Ada'), await signedInMachine(world, 'Grace')];
  const { id } = await grace.page.request('rooms.create', { name: 'Lab', password: SECRET });
  await grace.page.request('call.join', { id });
  await ada.page.room('Lab', ({ live }) => live);
  await ada.page.request('call.join', { id, password: SECRET });
  await routed(ada.page);
  await grace.page.request('call.leave', { deleteRoom: false });
  await ada.page.phase('searching');
  await ada.page.request('call.leave', { deleteRoom: false });
  const closed = await ada.page.room('Lab', ({ live }) => !live);
  expect(closed).toMatchObject({ id, owner: 'Grace', stored: false, mine: false, unlocked: true });
  expect(closed.visitedAt).toBeLessThanOrEqual(Date.now());

  await ada.page.request('call.join', { id });
  expect((await ada.page.phase('searching')).state).toEqual({ phase: 'searching' });
  const seen = ada.page.events.length;
  await grace.page.request('call.join', { id });
  await routed(ada.page);
  await ada.page.room('Lab', ({ live }) => live);
  const lost = ada.page.events
    .slice(seen)
    .flatMap((one) => (one.event === 'rooms' ? one.lost : []));
  expect(lost).toEqual([]);
  await ada.page.request('call.leave', { deleteRoom: false });

  // Its beacon keeps it in the list until it is closed.
  await ada.page.request('rooms.forget', { id });
  const heard = await ada.page.room('Lab', ({ visitedAt }) => visitedAt === undefined);
  expect(heard).toMatchObject({ live: true, stored: false });
  await expect(ada.page.request('rooms.forget', { id })).rejects.toMatchObject({
    code: 'RK_ROOM_NOT_FOUND',
  });
  await grace.page.request('call.leave', { deleteRoom: false });
  await ada.page.until(() => !ada.page.rooms.has(id));
});

test('a wrong password is refused and forgotten, and the right one is remembered', async () => {
  const world = await createTestNetwork();
  const [ada, grace] = [await signedInMachine(world, 'Ada'), await signedInMachine(world, 'Grace')];
  const { id } = await grace.page.request('rooms.create', { name: 'Lab', password: SECRET });
  await grace.page.request('call.join', { id });
  await ada.page.room('Lab', ({ live }) => live);
  await ada.page.request('call.join', { id, password: PASSWORD });
  const { end } = (await ada.page.phase('ended')).state;
  expect(end).toMatchObject({ kind: 'failed', failure: { code: 'RK_HANDSHAKE_FAILED' } });
  await grace.page.until(() => grace.page.last('notice')?.topic === 'refused');
  expect((await ada.page.room('Lab')).unlocked).toBe(false);
  await expect(ada.page.request('call.join', { id })).rejects.toMatchObject({
    code: 'RK_ROOM_PASSWORD_REQUIRED',
  });
  await ada.page.request('call.join', { id, password: SECRET });
  // A guest is in the call before the host has recognized them.
  await Promise.all([ada.page.phase('live'), grace.page.phase('live')]);
  await expect(ada.page.request('call.join', { id })).rejects.toMatchObject({
    code: 'RK_CALL_OPEN',
  });
  await ada.page.request('call.leave', { deleteRoom: false });
  expect((await grace.page.phase('waiting')).state.lastPartner).toEqual({
    name: 'Ada',
    kind: 'left',
  });
  await ada.page.request('call.join', { id });
  expect((await ada.page.phase('live')).state.participants[0].known).toBe('same');
});

test('an impostor of a known owner is recognized, and must be compared first', async () => {
  const world = await createTestNetwork();
  const [ada, grace] = [await signedInMachine(world, 'Ada'), await signedInMachine(world, 'Grace')];
  const mallory = await (await world.machine('Mallory')).page();
  await mallory.request('account.create', { name: 'Grace', password: PASSWORD });
  const { id: real } = await grace.page.request('rooms.create', { name: 'Lab' });
  await grace.page.request('call.join', { id: real });
  const known = (id: string) => ada.page.rooms.get(id)?.known;
  await ada.page.until(() => ada.page.rooms.get(real)?.live === true);
  expect(known(real)).toBe('new');
  await ada.page.request('call.join', { id: real });
  await grace.page.letIn('Ada');
  await ada.page.phase('live');
  await ada.page.request('call.leave', { deleteRoom: false });
  await ada.page.until(() => known(real) === 'same');

  const { id: posed } = await mallory.request('rooms.create', { name: 'Lab', password: SECRET });
  await mallory.request('call.join', { id: posed });
  await ada.page.until(() => ada.page.rooms.get(posed)?.live === true);
  expect(known(posed)).toBe('changed');
  const shown = [mallory.last('account')?.account?.fingerprint];
  for (const password of [undefined, SECRET]) {
    await expect(
      ada.page.request('call.join', { id: posed, ...(password && { password }) }),
    ).rejects.toMatchObject({
      failure: {
        code: 'RK_IDENTITY_MISMATCH',
        person: { name: 'Grace', known: [grace.page.last('account')?.account?.fingerprint], shown },
      },
    });
  }
  expect(ada.page.last('call')).toEqual({ event: 'call', call: null });

  await ada.page.request('people.accept', { name: 'Grace', fingerprint: shown[0]! });
  await ada.page.until(() => known(posed) === 'new');
  await ada.page.request('call.join', { id: posed, password: SECRET });
  await Promise.all([ada.page.phase('live'), mallory.phase('live')]);
});

/** Waits until the host has accepted the guest. */
async function routed(page: TestPage): Promise<void> {
  await page.until(() => {
    const state = page.last('call')?.call?.state;
    return state?.phase === 'live' && state.participants[0].connections !== undefined;
  });
}
