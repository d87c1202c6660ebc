import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryBackend } from '@roomkey/core/conformance';
import { beforeEach, describe, expect, it } from 'vitest';
import type { RoomRecord } from '../../src/rooms/room-record.js';
import { MAX_VISITS, VisitedRooms } from '../../src/rooms/visited-rooms.js';
import { toHex } from '../../src/secure/bytes.js';
import { createRoomParameters, roomId } from '../../src/secure/room-parameters.js';
import { temporaryFolder } from '../config/support.js';
import { ada, bob, TestMachine, settle, storeRooms, startWatch } from './test-machine.js';
import { Host, identityOf, MemoryLogger } from './setup.js';

const ME = ada.identity.publicKey;
const BOB = bob.identity.publicKey;

let folder: string;
let logger: MemoryLogger;
let visits: VisitedRooms;

beforeEach(async () => {
  folder = await temporaryFolder();
  logger = new MemoryLogger();
  visits = new VisitedRooms({ configFolder: folder, logger });
});

/** A room of Grace's. */
function room(name = 'Lab', mode: 0 | 1 = 1): RoomRecord {
  const parameters = createRoomParameters(identityOf('grace').publicKey, mode);
  return { id: toHex(roomId(parameters)), parameters, name, ownerName: 'Grace' };
}

/** As another process of the same person sees it. */
const elsewhere = (): VisitedRooms => new VisitedRooms({ configFolder: folder, logger });

const fileOf = (id: string, account = ME): string =>
  join(folder, 'visits', toHex(account), `${id}.json`);

describe('visits', () => {
  it('are kept for the account, the last one first, in files of its own', async () => {
    const [lab, porch] = [room('Lab', 1), room('Porch', 0)];
    await visits.remember(ME, lab, 1_000);
    await visits.remember(ME, porch, 2_000);
    expect([...(await elsewhere().list(ME)).values()]).toEqual([
      { record: porch, visitedAt: 2_000 },
      { record: lab, visitedAt: 1_000 },
    ]);
    expect(await visits.list(BOB)).toEqual(new Map());
    if (process.platform !== 'win32') {
      expect((await stat(fileOf(lab.id))).mode & 0o777).toBe(0o600);
      expect((await stat(join(folder, 'visits'))).mode & 0o777).toBe(0o700);
    }
    const text = await readFile(fileOf(lab.id), 'utf8');
    expect(Object.keys(JSON.parse(text) as object).sort()).toEqual(
      ['host', 'iterations', 'mode', 'name', 'owner', 'salt', 'visitedAt'].sort(),
    );
  });

  it('are one a room, as it was last', async () => {
    const lab = room();
    await visits.remember(ME, lab, 1_000);
    await visits.remember(ME, { ...lab, name: 'Laboratory' }, 500);
    expect([...(await visits.list(ME)).values()]).toEqual([
      { record: { ...lab, name: 'Laboratory' }, visitedAt: 500 },
    ]);
  });

  it('are at most fifty: the oldest goes, and never the newest, whatever the clock says', async () => {
    const rooms = Array.from({ length: MAX_VISITS }, () => room());
    for (const [at, one] of rooms.entries()) await visits.remember(ME, one, 10_000 + at);
    const last = room();
    await visits.remember(ME, last, 5);
    const ids = [...(await elsewhere().list(ME)).keys()];
    expect(ids).toHaveLength(MAX_VISITS);
    expect(ids).toContain(last.id);
    expect(ids).not.toContain(rooms[0]!.id);
  });

  it('can be forgotten, also twice', async () => {
    const lab = room();
    await visits.remember(ME, lab, 1_000);
    await visits.forget(ME, lab.id);
    await visits.forget(ME, lab.id);
    expect(await elsewhere().list(ME)).toEqual(new Map());
    expect(await readdir(join(folder, 'visits', toHex(ME)))).toEqual([]);
  });

  it('can be read again whatever names a host’s beacon has', async () => {
    const machine = new TestMachine(new MemoryBackend(), { configFolder: folder });
    await machine.live.start();
    for (const names of [{ roomName: 'Lab\u3164' }, { hostName: 'Grace\u2800' }]) {
      machine.discovery.hear(new Host('grace', names).beacon());
    }
    const heard = machine.live.list();
    for (const record of heard) await visits.remember(ME, record, 1_000);
    const kept = [...(await elsewhere().list(ME)).values()];
    const names = kept.map(({ record }) => `${record.name} of ${record.ownerName}`);
    expect(names.sort()).toEqual(['Lab of grace', "grace's room of Grace"]);
    expect(logger.lines).toEqual([]);
  });

  it.each([
    ['is no JSON', () => '{'],
    ['is of another version', (text: string) => text.replace('{', '{ "version": 2,')],
    [
      'names another host',
      (text: string) => text.replace(toHex(identityOf('grace').publicKey), toHex(ME)),
    ],
    ['has a name that cannot be seen', (text: string) => text.replace('Lab', '\\u202eLab')],
    [
      'asks for too few iterations',
      (text: string) => text.replace(/"iterations": \d+/, '"iterations": 1'),
    ],
    ['was in no time', (text: string) => text.replace('1000', '9000000000000000')],
  ])('leave out a file that %s, and say which', async (_, spoil) => {
    const [lab, porch] = [room('Lab'), room('Porch')];
    await visits.remember(ME, lab, 1_000);
    await visits.remember(ME, porch, 1_000);
    const text = await readFile(fileOf(lab.id), 'utf8');
    await writeFile(fileOf(lab.id), spoil(text));
    expect([...(await visits.list(ME)).keys()]).toEqual([porch.id]);
    const message = `A room that was visited cannot be read and counts as not known: ${fileOf(lab.id)}`;
    expect(logger.lines).toMatchObject([{ level: 'warn', message }]);
  });
});

describe('a room that was visited', () => {
  const machine = (): TestMachine => new TestMachine(new MemoryBackend(), { configFolder: folder });

  it('is in the list after those that are there, not open, and can be found by name and id', async () => {
    const here = machine();
    const [lab, porch] = [room('Lab', 1), room('Porch', 0)];
    await visits.remember(ME, lab, 1_000);
    await visits.remember(ME, porch, 2_000);
    await storeRooms(here, 1);
    const list = await here.rooms.list({ account: ada });
    expect(list.map(({ name }) => name)).toEqual(['Room 0', 'Porch', 'Lab']);
    const entry = {
      id: lab.id,
      parameters: lab.parameters,
      name: 'Lab',
      owner: { name: 'Grace', identity: lab.parameters.host, known: 'new' },
      password: true,
      stored: false,
      live: false,
      confirmed: false,
      full: false,
      compatible: true,
      mine: false,
      visitedAt: 1_000,
      addresses: [],
    };
    expect(list[2]).toEqual(entry);
    expect(await here.rooms.find('lab', { account: ada })).toEqual(entry);
    expect(await here.rooms.find(lab.id, { account: ada })).toEqual(entry);
    // Not shown to another account, or without one.
    expect((await here.rooms.list({ account: bob })).map(({ name }) => name)).toEqual(['Room 0']);
    await expect(here.rooms.find('lab')).rejects.toMatchObject({ code: 'RK_ROOM_NOT_FOUND' });
  });

  it('gives way to another of its name that is there', async () => {
    const here = machine();
    await visits.remember(ME, room('Room 0'), 1_000);
    const [stored] = await storeRooms(here, 1);
    expect(await here.rooms.find('room 0', { account: ada })).toMatchObject({ id: stored });
  });

  it('becomes live in place when its beacon comes, and stays when it ends', async () => {
    const here = machine();
    await here.live.start();
    const grace = new Host('grace', { roomName: 'Lab', hostName: 'Grace' });
    const { room: parameters } = grace.facts;
    const record = { id: toHex(roomId(parameters)), parameters, name: 'Lab', ownerName: 'Grace' };
    await visits.remember(ME, record, 1_000);
    const { watch, changes } = await startWatch(here);
    here.discovery.hear(grace.beacon());
    await settle();
    here.discovery.hear(grace.beacon({ sequence: 1, farewell: true }));
    await settle();
    expect(changes.map(({ type, room: { live, visitedAt } }) => [type, live, visitedAt])).toEqual([
      ['found', false, 1_000],
      ['changed', true, 1_000],
      ['changed', false, 1_000],
    ]);
    await watch.stop();
    await here.live.stop();
  });

  it('comes to a list that is watched, and goes from it, at once', async () => {
    const here = machine();
    const lab = room();
    const { watch, changes, seen } = await startWatch(here);
    await here.visits.remember(BOB, room('Bob’s own business'), 1_000);
    await here.visits.remember(ME, lab, 1_000);
    await expect.poll(() => seen.size).toBe(1);
    expect(seen.get(lab.id)).toMatchObject({ name: 'Lab', live: false, visitedAt: 1_000 });
    const forgotten = await here.rooms.forget(ada, 'lab');
    expect(forgotten).toMatchObject({ id: lab.id, name: 'Lab' });
    await expect.poll(() => seen.size).toBe(0);
    expect(changes.map(({ type }) => type)).toEqual(['found', 'lost']);
    await expect(here.rooms.forget(ada, 'lab')).rejects.toMatchObject({
      code: 'RK_ROOM_NOT_FOUND',
    });
    await watch.stop();
  });

  it('is not forgotten where none is remembered, and an own room is named', async () => {
    const here = machine();
    await here.rooms.create(ada, 'Attic', { password: false });
    const forgetting = (name: string) =>
      here.rooms.forget(ada, name).then(
        () => 'forgotten',
        (error: unknown) => String(error),
      );
    expect(await forgetting('attic')).toContain('“Attic” is your own room');
    expect(await forgetting('attic')).toContain('roomkey room delete "Attic"');
    await here.rooms.create(bob, 'Den', { password: false });
    for (const name of ['Den', 'Lab']) {
      expect(await forgetting(name)).toContain(`You have not visited a room “${name}”`);
    }
  });

  it('comes to a list that is watched within a minute where another process was in it', async () => {
    const here = machine();
    const { watch, seen } = await startWatch(here);
    const lab = room();
    await elsewhere().remember(ME, lab, 1_000);
    here.clock.advance(60_000);
    await expect.poll(() => seen.get(lab.id)).toMatchObject({ visitedAt: 1_000 });
    await watch.stop();
  });
});
