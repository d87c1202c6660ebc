import { beforeEach, describe, expect, test, vi } from 'vitest';
import { RoomkeyError, type Storage } from '@roomkey/core';
import { MemoryBackend, MemoryStorage } from '@roomkey/core/conformance';
import type { SignedIn } from '../../src/people/accounts.js';
import { People } from '../../src/people/people.js';
import { LiveRooms } from '../../src/rooms/live-rooms.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { encodeRoomRecord } from '../../src/rooms/room-record.js';
import { Rooms } from '../../src/rooms/rooms.js';
import { VisitedRooms } from '../../src/rooms/visited-rooms.js';
import { toHex } from '../../src/secure/bytes.js';
import { roomId } from '../../src/secure/room-parameters.js';
import { testCipher } from '../support/cipher.js';
import { NO_FOLDER } from './test-machine.js';
import { ManualClock, Host, identityOf, MemoryLogger, ScriptedDiscovery } from './setup.js';

// cspell:ignore labratory

const ada: SignedIn = { name: 'Ada', identity: identityOf('ada') };
const bob: SignedIn = { name: 'Bob', identity: identityOf('bob') };
const people = new People({ configFolder: NO_FOLDER });
const HERE = { host: '192.0.2.1', port: 50_000 };

let disk: MemoryBackend;
let storage: Storage;
let clock: ManualClock;
let discovery: ScriptedDiscovery;
let logger: MemoryLogger;
let live: LiveRooms;
let rooms: Rooms;

/** Another process or machine, on the same store. */
function openRooms(
  directoryKey = new Uint8Array(32).fill(1),
  at = clock,
  own: Storage = new MemoryStorage(disk),
): Rooms {
  const visits = new VisitedRooms({ configFolder: NO_FOLDER, logger });
  const other = { storage: own, live, people, visits, cipher: testCipher, configFolder: NO_FOLDER };
  return new Rooms({ ...other, directoryKey, logger, clock: at });
}

beforeEach(async () => {
  disk = new MemoryBackend();
  storage = new MemoryStorage(disk);
  clock = new ManualClock();
  discovery = new ScriptedDiscovery();
  logger = new MemoryLogger();
  live = new LiveRooms({ discovery, logger, clock });
  rooms = openRooms();
  await live.start();
});

/** A beacon of a stored room's host. */
function beaconOf(owner: SignedIn, { parameters, name }: RoomEntry): Uint8Array {
  const facts = { room: parameters, roomName: name, hostName: owner.name };
  return new Host(owner.name.toLowerCase(), facts).beacon();
}

/** Lets everything that is under way arrive. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('creating a room', () => {
  test('stores it, for others to see', async () => {
    const made = await rooms.create(ada, ' Lab ', { password: true });
    expect(made).toMatchObject({
      name: 'Lab',
      owner: { name: 'Ada', identity: ada.identity.publicKey },
      password: true,
      stored: true,
      live: false,
      mine: true,
      addresses: [],
    });
    expect(made.parameters).toMatchObject({ mode: 1, iterations: 600_000 });
    expect(made.id).toBe(toHex(roomId(made.parameters)));
    const owner = { ...made.owner, known: 'new' };
    expect(await openRooms().list({ account: bob })).toEqual([{ ...made, owner, mine: false }]);
  });

  test.each([
    ['an empty name', ' '],
    ['65 bytes', 'ä'.repeat(32) + 'x'],
    ['a control character', 'La\u0007b'],
    ['a bidirectional override', 'Lab\u202e'],
    ['a line break', 'La\nb'],
    ['half a surrogate pair', 'Lab\ud800'],
    ['joiners alone', '\u200d'],
  ])('is refused with %s', async (_what, name) => {
    await expect(rooms.create(ada, name, { password: false })).rejects.toMatchObject({
      code: 'RK_ROOM_NAME_INVALID',
    });
    expect(await rooms.list()).toEqual([]);
  });

  test('takes 64 bytes, and stores Unicode NFC', async () => {
    await rooms.create(ada, 'ä'.repeat(32), { password: false });
    const { name } = await rooms.create(ada, 'Cafe\u0301', { password: false });
    expect(name).toBe('Caf\u00e9');
  });

  test('twice with one name is refused to one owner and not to two', async () => {
    await rooms.create(ada, 'Lab', { password: false });
    await rooms.create(bob, 'Lab', { password: false });
    await expect(rooms.create(ada, 'lab', { password: true })).rejects.toMatchObject({
      code: 'RK_ROOM_EXISTS',
    });
    expect(await rooms.list()).toHaveLength(2);
  });

  test('twice at once makes one', async () => {
    const twice = [1, 2].map(() => rooms.create(ada, 'Lab', { password: false }));
    const results = await Promise.allSettled(twice);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await rooms.list()).toHaveLength(1);
  });

  test.each([1, 2, 3, 4])(
    'in processes that begin %i steps apart never makes two',
    async (steps) => {
      const making: Promise<unknown>[] = [];
      for (let process = 0; process < 3; process += 1) {
        making.push(openRooms().create(ada, 'Lab', { password: false }));
        for (let step = 0; step < steps * process; step += 1) await Promise.resolve();
      }
      const results = await Promise.allSettled(making);
      const made = results.filter(({ status }) => status === 'fulfilled');
      expect(made.length).toBeLessThanOrEqual(1);
      expect(await rooms.list()).toHaveLength(made.length);
    },
  );
});

describe('a stored room', () => {
  /** Changes what is stored, as another user of the store can. */
  async function tamper(change: (value: Record<string, unknown>) => object): Promise<void> {
    const [document] = await storage.list('rooms');
    const { id, revision, value } = document!;
    await storage.replace('rooms', id, revision, change({ ...value }) as typeof value);
  }

  test.each<[string, (value: Record<string, unknown>) => object]>([
    ['another name', (value) => ({ ...value, name: 'Vault' })],
    ['another owner’s name', (value) => ({ ...value, ownerName: 'Eve' })],
    ['another host', (value) => ({ ...value, host: toHex(bob.identity.publicKey) })],
    ['no password', (value) => ({ ...value, mode: 0, iterations: 0 })],
    ['fewer iterations', (value) => ({ ...value, iterations: 1 })],
    ['another salt', (value) => ({ ...value, salt: '00'.repeat(16) })],
    ['another signature', (value) => ({ ...value, signature: '00'.repeat(64) })],
    ['a field more', (value) => ({ ...value, password: 'hunter2' })],
    ['another version', (value) => ({ ...value, version: 2 })],
    ['nothing in it', () => ({})],
  ])('that was given %s is passed over, with one warning', async (_what, change) => {
    await rooms.create(ada, 'Lab', { password: true });
    await tamper(change);
    expect(await rooms.list()).toEqual([]);
    await rooms.list();
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  test('moved to another id is passed over', async () => {
    await rooms.create(ada, 'Lab', { password: true });
    const [document] = await storage.list('rooms');
    await storage.insert('rooms', '0'.repeat(32), document!.value);
    expect(await rooms.list()).toHaveLength(1);
  });

  test('whose owner himself asks for too few iterations is passed over', async () => {
    const { parameters, name } = await rooms.create(ada, 'Lab', { password: true });
    const weak = { ...parameters, iterations: 1 };
    const room = { id: toHex(roomId(weak)), parameters: weak, name, ownerName: 'Ada' };
    await storage.insert('rooms', room.id, encodeRoomRecord(room, ada.identity));
    expect((await rooms.list()).map(({ parameters: { iterations } }) => iterations)).toEqual([
      600_000,
    ]);
  });

  test('holds nothing that came from its password', async () => {
    await rooms.create(ada, 'Lab', { password: true });
    const [document] = await storage.list('rooms');
    expect(Object.keys(document!.value).sort()).toEqual(
      ['host', 'iterations', 'mode', 'name', 'ownerName', 'salt', 'signature', 'version'].sort(),
    );
  });

  test('is removed by its owner only, with its endpoint', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const endpoint = await rooms.publishEndpoint(ada, made, () => [HERE]);
    await expect(rooms.remove(bob, made.id)).rejects.toMatchObject({ code: 'RK_ROOM_NOT_OWNER' });
    await rooms.remove(ada, made.id);
    expect(await rooms.list()).toEqual([]);
    expect(await storage.list('endpoints')).toEqual([]);
    await expect(rooms.remove(ada, made.id)).rejects.toMatchObject({ code: 'RK_ROOM_NOT_FOUND' });
    await endpoint.stop();
  });

  test('goes with all of its owner’s, and those of others stay', async () => {
    const names = ['Lab', 'Den'];
    for (const name of names) await rooms.create(ada, name, { password: false });
    const { id } = await rooms.create(bob, 'Attic', { password: false });
    const removed = await rooms.removeOwn(ada);
    expect(removed.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(await rooms.list()).toMatchObject([{ id }]);
    expect(await rooms.removeOwn(ada)).toEqual([]);
  });

  test('goes by what is stored now, not by what was read before', async () => {
    const own = new MemoryStorage(disk);
    const reader = openRooms(undefined, clock, own);
    await reader.create(ada, 'Lab', { password: false });
    expect(await reader.list()).toHaveLength(1);
    const away = new RoomkeyError('RK_STORAGE_IO', 'The store is away.');
    const list = vi.spyOn(own, 'list').mockRejectedValue(away);
    await expect(reader.removeOwn(ada)).rejects.toBe(away);
    list.mockRestore();
    expect(await reader.list()).toHaveLength(1);
  });

  test('that was just removed cannot be removed again', async () => {
    const own = new MemoryStorage(disk);
    const reader = openRooms(undefined, clock, own);
    const { id } = await reader.create(ada, 'Lab', { password: false });
    const real = own.remove.bind(own);
    vi.spyOn(own, 'remove').mockImplementationOnce(async (...args) => {
      await rooms.remove(ada, id);
      return real(...args);
    });
    expect(await reader.removeOwn(ada)).toHaveLength(1);
    expect(await reader.list()).toEqual([]);
  });
});

describe('the list', () => {
  test('merges what is stored with what is heard', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    await rooms.create(ada, 'Attic', { password: true });
    const cy = new Host('cy', { roomName: 'Den' });
    discovery.hear(beaconOf(ada, made), '192.0.2.1');
    discovery.hear(cy.beacon(), '192.0.2.2');
    const list = await rooms.list({ account: ada });
    expect(
      list.map(({ name, stored, live, mine, addresses }) => [
        name,
        stored,
        live,
        mine,
        addresses.map(({ host }) => host).join(),
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['Lab', true, true, true, '192.0.2.1'],
        ['Attic', true, false, true, ''],
        ['Den', false, true, false, '192.0.2.2'],
      ]),
    );
    expect(list).toHaveLength(3);
    expect(list.at(-1)?.name).toBe('Den');
  });

  test.each([
    ['speaks this version', {}, true],
    ['speaks later ones too', { maxVersion: 9 }, true],
    ['speaks later ones only', { minVersion: 2, maxVersion: 2 }, false],
  ] as const)('says whether a room can be joined whose host %s', async (_, facts, compatible) => {
    discovery.hear(new Host('cy', facts).beacon(), '192.0.2.2');
    expect(await rooms.list({ account: ada })).toMatchObject([{ live: true, compatible }]);
  });

  test('gives stored rooms a place among the live ones', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    for (let n = 0; n < 256; n += 1) {
      if (n % 90 === 0) clock.advance(1_000);
      discovery.hear(new Host('eve').beacon(), `198.51.100.${n}`);
    }
    expect(live.list()).toHaveLength(256);
    clock.advance(1_000);
    discovery.hear(beaconOf(ada, made), '192.0.2.1');
    expect(live.get(made.id)).toBeDefined();
  });
});

describe('finding a room', () => {
  test('goes by name, without regard to case, or by the beginning of the id', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const found = (what: string) => rooms.find(what, { account: ada });
    for (const what of ['Lab', 'lab', ' LAB ', made.id, made.id.slice(0, 4).toUpperCase()]) {
      expect(await found(what)).toEqual(made);
    }
  });

  test('prefers the name as it is written', async () => {
    await rooms.create(ada, 'Lab', { password: false });
    const theirs = await rooms.create(bob, 'lab', { password: false });
    expect((await rooms.find('lab')).id).toBe(theirs.id);
    await expect(rooms.find('LAB')).rejects.toMatchObject({ code: 'RK_ROOM_AMBIGUOUS' });
  });

  test('of several with one name says which there are', async () => {
    const mine = await rooms.create(ada, 'Lab', { password: false });
    discovery.hear(new Host('eve', { roomName: 'Lab' }).beacon());
    const error = await rooms.find('Lab').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RK_ROOM_AMBIGUOUS' });
    expect(String(error)).toContain(mine.id.slice(0, 8));
    expect(String(error)).toContain('eve');
    expect((await rooms.find(mine.id.slice(0, 8))).id).toBe(mine.id);
  });

  test('that is not there says what is near, or how to look', async () => {
    const lost = (what: string) => rooms.find(what).catch((thrown: unknown) => String(thrown));
    expect(await lost('Lab')).toContain('roomkey discover');
    await rooms.create(ada, 'Laboratory', { password: false });
    expect(await lost('Labratory')).toContain('Did you mean “Laboratory”?');
    await expect(rooms.find('abc')).rejects.toMatchObject({ code: 'RK_ROOM_NOT_FOUND' });
  });
});

describe('a stored endpoint', () => {
  test('makes the room live for who shares store and directory, until it is withdrawn', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const endpoint = await rooms.publishEndpoint(ada, made, () => [HERE]);
    const other = openRooms();
    expect(await other.lookupEndpoints(made)).toEqual([HERE]);
    expect(await other.list()).toMatchObject([{ live: true, addresses: [HERE] }]);
    const stranger = openRooms(new Uint8Array(32).fill(2));
    expect(await stranger.lookupEndpoints(made)).toEqual([]);
    expect(await stranger.list()).toMatchObject([{ live: false }]);
    await Promise.all([endpoint.stop(), endpoint.stop()]);
    expect(await other.lookupEndpoints(made)).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is not in the store in the clear', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    await rooms.publishEndpoint(ada, made, () => [HERE]);
    const [document] = await storage.list('endpoints');
    const sealed = Buffer.from(document!.value['sealed'] as string, 'base64');
    for (const text of [JSON.stringify(document), sealed.toString('latin1')]) {
      expect(text).not.toContain('192.0.2.1');
    }
    expect(sealed.includes('192.0')).toBe(false);
  });

  test('comes before what was only heard, and no address twice', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const there = { host: '198.51.100.9', port: 50_000 };
    await rooms.publishEndpoint(ada, made, () => [there, HERE]);
    discovery.hear(beaconOf(ada, made), '203.0.113.66');
    const [first, ...others] = await rooms.lookupEndpoints(made);
    expect(first).toEqual(there);
    expect(others).toEqual([HERE, { ...HERE, host: '203.0.113.66' }]);
  });

  test('is not needed where beacons come: a damaged one is warned of once', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    discovery.hear(beaconOf(ada, made), HERE.host);
    const damaged = new RoomkeyError('RK_STORAGE_DAMAGED', 'The endpoints cannot be read.');
    vi.spyOn(MemoryStorage.prototype, 'get').mockRejectedValue(damaged);
    const warnings = () => logger.lines.filter(({ level }) => level === 'warn').length;
    const before = warnings();
    expect(await rooms.lookupEndpoints(made)).toEqual([HERE]);
    expect(await rooms.lookupEndpoints(made)).toEqual([HERE]);
    expect(warnings()).toBe(before + 1);
  });

  test('is not waited for where a beacon came and the store does not answer', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    discovery.hear(beaconOf(ada, made), HERE.host);
    vi.spyOn(MemoryStorage.prototype, 'get').mockReturnValue(new Promise(() => undefined));
    expect(await rooms.lookupEndpoints(made)).toEqual([HERE]);
  });

  test('that is damaged does not block finding, opening and deleting the room', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const damaged = new RoomkeyError('RK_STORAGE_DAMAGED', 'The endpoints cannot be read.');
    const [get, list] = [storage.get.bind(storage), storage.list.bind(storage)];
    vi.spyOn(storage, 'get').mockImplementation((collection, ...given) =>
      collection === 'endpoints' ? Promise.reject(damaged) : get(collection, ...given),
    );
    vi.spyOn(storage, 'list').mockImplementation((collection, ...given) =>
      collection === 'endpoints' ? Promise.reject(damaged) : list(collection, ...given),
    );
    const reader = openRooms(undefined, clock, storage);
    expect(await reader.list()).toMatchObject([{ name: 'Lab', live: false }]);
    expect(await reader.find(made.id)).toMatchObject({ name: 'Lab', live: false });
    const endpoint = await reader.publishEndpoint(ada, made, () => [HERE]);
    await endpoint.stop();
    await reader.remove(ada, made.id);
  });

  test('is rewritten with the current addresses, and expires if it is not', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    let addresses = [HERE];
    const endpoint = await rooms.publishEndpoint(ada, made, () => addresses);
    addresses = [{ host: '192.0.2.2', port: 1 }];
    clock.advance(20_000);
    await settle();
    expect(await rooms.lookupEndpoints(made)).toEqual(addresses);
    // A host that crashed writes no more; another machine's clock goes on.
    const later = new ManualClock();
    later.advance(clock.now() - later.now() + 60_000);
    expect(await openRooms(undefined, later).lookupEndpoints(made)).toEqual([]);
    await endpoint.stop();
  });

  test('that is put back after a newer one is refused', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const endpoint = await rooms.publishEndpoint(ada, made, () => [HERE]);
    const reader = openRooms();
    expect(await reader.lookupEndpoints(made)).toEqual([HERE]);
    const [old] = await storage.list('endpoints');
    await endpoint.refresh();
    expect(await reader.lookupEndpoints(made)).toEqual([HERE]);
    const [current] = await storage.list('endpoints');
    await storage.replace('endpoints', made.id, current!.revision, old!.value);
    expect(await reader.lookupEndpoints(made)).toEqual([]);
  });

  test('moved to another room of the same host is refused', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const other = await rooms.create(ada, 'Attic', { password: false });
    await rooms.publishEndpoint(ada, made, () => [HERE]);
    const [document] = await storage.list('endpoints');
    await storage.insert('endpoints', other.id, document!.value);
    expect(await rooms.lookupEndpoints(other)).toEqual([]);
  });

  test('replaces garbage of another writer, and survives another writer', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    await storage.insert('endpoints', made.id, { sealed: 'garbage' });
    expect(await rooms.lookupEndpoints(made)).toEqual([]);
    const first = await rooms.publishEndpoint(ada, made, () => [HERE]);
    const there = { host: '192.0.2.2', port: 2 };
    const second = await openRooms().publishEndpoint(ada, made, () => [there]);
    await Promise.all([first.refresh(), second.refresh()]);
    await first.refresh();
    expect(await rooms.lookupEndpoints(made)).toEqual([HERE]);
    // The second was overwritten: what it would withdraw is not its own any more.
    await second.stop();
    expect(await rooms.lookupEndpoints(made)).toEqual([HERE]);
    await first.stop();
    expect(await rooms.lookupEndpoints(made)).toEqual([]);
  });

  test('is published by the owner only', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    await expect(rooms.publishEndpoint(bob, made, () => [HERE])).rejects.toMatchObject({
      code: 'RK_ROOM_NOT_OWNER',
    });
  });

  test('that cannot be rewritten is logged and retried', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    let broken = false;
    const flaky = new MemoryStorage(disk);
    const replace = flaky.replace.bind(flaky);
    flaky.replace = (...args) =>
      broken ? Promise.reject(new Error('the disk is full')) : replace(...args);
    const key = new Uint8Array(32).fill(1);
    const other = new Rooms({
      storage: flaky,
      live,
      people,
      cipher: testCipher,
      directoryKey: key,
      configFolder: NO_FOLDER,
      visits: new VisitedRooms({ configFolder: NO_FOLDER, logger }),
      logger,
      clock,
    });
    let port = 1;
    const endpoint = await other.publishEndpoint(ada, made, () => [{ host: '192.0.2.1', port }]);
    broken = true;
    clock.advance(20_000);
    await settle();
    expect(logger.lines.map(({ level }) => level)).toContain('warn');
    broken = false;
    port = 2;
    clock.advance(20_000);
    await settle();
    expect(await rooms.lookupEndpoints(made)).toEqual([{ host: '192.0.2.1', port: 2 }]);
    await endpoint.stop();
  });
});

describe('watching', () => {
  test('tells of what is there, then of every change', async () => {
    const made = await rooms.create(ada, 'Lab', { password: false });
    const events: string[] = [];
    const watch = await rooms.watch(({ type, room }) =>
      events.push(`${type} ${room.name}${room.live ? ' live' : ''}`),
    );
    expect(events.splice(0)).toEqual(['found Lab']);

    discovery.hear(beaconOf(ada, made));
    await settle();
    expect(events.splice(0)).toEqual(['changed Lab live']);
    discovery.hear(new Host('cy', { roomName: 'Den' }).beacon());
    await settle();
    expect(events.splice(0)).toEqual(['found Den live']);
    clock.advance(7_000);
    await settle();
    expect(events.splice(0)).toEqual(['changed Lab', 'lost Den live']);

    // Another process.
    const endpoint = await openRooms().publishEndpoint(ada, made, () => [HERE]);
    await settle();
    expect(events.splice(0)).toEqual(['changed Lab live']);
    await endpoint.refresh();
    await settle();
    expect(events.splice(0)).toEqual([]);
    await endpoint.stop();
    await openRooms().remove(ada, made.id);
    await settle();
    expect(events.splice(0).at(-1)).toMatch(/^lost Lab/);

    await Promise.all([watch.stop(), watch.stop()]);
    await rooms.create(ada, 'Attic', { password: false });
    await settle();
    expect(events).toEqual([]);
  });

  test('outlives a listener that throws', async () => {
    const told: string[] = [];
    const watch = await openRooms().watch(({ room }) => {
      told.push(room.name);
      throw new Error('from a listener');
    });
    for (const name of ['Lab', 'Attic']) {
      await rooms.create(ada, name, { password: false });
      await settle();
    }
    expect(told).toEqual(['Lab', 'Attic']);
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'error']);
    await watch.stop();
  });

  test('leaves nothing behind where it is aborted', async () => {
    const reason = new Error('enough');
    const watch = rooms.watch(() => undefined, { signal: AbortSignal.abort(reason) });
    await expect(watch).rejects.toBe(reason);
  });
});
