import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryBackend } from '@roomkey/core/conformance';
import { ada, HERE, TestMachine, settle, startWatch } from './test-machine.js';
import { Host } from './setup.js';

const away = { code: 'RK_STORAGE_IO' };

let disk: MemoryBackend;
let machine: TestMachine;
/** Another user, whose store always answers. */
let other: TestMachine;

beforeEach(async () => {
  disk = new MemoryBackend();
  machine = new TestMachine(disk);
  other = new TestMachine(disk);
  await machine.live.start();
});

const names = (rooms: Iterable<{ readonly name: string }>) => [...rooms].map(({ name }) => name);

/** How often the store was asked for anything. */
const asked = ({ storage }: TestMachine): number =>
  Object.values(storage.asked).reduce((sum, count) => sum + count, 0);

describe('the list while the store is away', () => {
  test('is refused where nothing was ever read', async () => {
    machine.storage.goAway();
    machine.discovery.hear(new Host('cy', { roomName: 'Den' }).beacon());
    await expect(machine.rooms.list()).rejects.toMatchObject(away);
    await expect(machine.rooms.find('Den')).rejects.toMatchObject(away);
    await expect(machine.rooms.watch(() => undefined)).rejects.toMatchObject(away);
    // Of the room that was heard: its end, and the query for it.
    expect(machine.clock.pendingTimers).toBe(2);
  });

  test('has the rooms that were last read and those nearby, and is right again afterwards', async () => {
    const { rooms, storage, discovery } = machine;
    const lab = await rooms.create(ada, 'Lab', { password: false });
    await rooms.list();
    storage.goAway();
    const attic = await other.rooms.create(ada, 'Attic', { password: false });
    discovery.hear(new Host('cy', { roomName: 'Den' }).beacon());
    expect(names(await rooms.list())).toEqual(['Lab', 'Den']);
    expect(await rooms.find('lab', { account: ada })).toEqual(lab);
    expect(await rooms.find(lab.id, { account: ada })).toEqual(lab);
    expect((await rooms.find('Den')).live).toBe(true);
    await expect(rooms.find('Attic')).rejects.toMatchObject({ code: 'RK_ROOM_NOT_FOUND' });
    storage.comeBack();
    await other.rooms.remove(ada, lab.id);
    expect(names(await rooms.list())).toEqual(['Attic', 'Den']);
    expect(await rooms.find('Attic', { account: ada })).toEqual(attic);
    // The storage monitor reports that the store was away.
    expect(machine.logged('warn')).toEqual([]);
  });

  test('takes a stored endpoint for good until it expires', async () => {
    const { rooms, storage, clock } = machine;
    const lab = await rooms.create(ada, 'Lab', { password: false });
    const endpoint = await rooms.publishEndpoint(ada, lab, () => [HERE]);
    expect(await rooms.list()).toMatchObject([{ live: true }]);
    storage.goAway();
    clock.advance(59_000);
    expect(await rooms.list()).toMatchObject([{ live: true, addresses: [HERE] }]);
    clock.advance(1_000);
    expect(await rooms.list()).toMatchObject([{ live: false, addresses: [] }]);
    await endpoint.stop();
  });

  test('passes over nothing else that a store says', async () => {
    const { rooms, storage } = machine;
    await rooms.list();
    storage.failure = new Error('damaged');
    await expect(rooms.list()).rejects.toThrow('damaged');
  });
});

describe('a watch while the store is away', () => {
  test('goes on with beacons, and has what it missed soon after', async () => {
    const lab = await other.rooms.create(ada, 'Lab', { password: false });
    const { watch, seen } = await startWatch(machine);
    machine.storage.goAway();
    // The first read that finds no store.
    machine.clock.advance(60_000);
    await settle();
    machine.discovery.hear(new Host('cy', { roomName: 'Den' }).beacon());
    await settle();
    expect(names(seen.values())).toEqual(['Lab', 'Den']);
    await other.rooms.create(ada, 'Attic', { password: false });
    await other.rooms.remove(ada, lab.id);
    await settle();
    expect(names(seen.values())).toEqual(['Lab', 'Den']);
    // Nothing will ever be told of these two.
    machine.storage.comeBack();
    machine.clock.advance(3_000);
    await settle();
    expect(names(seen.values())).toEqual(['Den', 'Attic']);
    await watch.stop();
    expect(machine.logged('warn')).toEqual([]);
  });

  test('has what it missed within a minute, also where it did not notice', async () => {
    const { watch, seen } = await startWatch(machine);
    machine.storage.goAway();
    await other.rooms.create(ada, 'Attic', { password: false });
    machine.storage.comeBack();
    machine.clock.advance(60_000);
    await settle();
    expect(names(seen.values())).toEqual(['Attic']);
    await watch.stop();
  });

  test('begins with what was last read, and watches the store when it is back', async () => {
    const lab = await machine.rooms.create(ada, 'Lab', { password: false });
    machine.storage.goAway();
    const { watch, seen } = await startWatch(machine);
    expect([...seen.values()]).toEqual([lab]);
    machine.storage.comeBack();
    machine.clock.advance(3_000);
    await settle();
    await other.rooms.create(ada, 'Attic', { password: false });
    await settle();
    expect(names(seen.values())).toEqual(['Lab', 'Attic']);
    // One watch of each collection, although it took two attempts.
    expect(machine.storage.asked.watch).toBe(3);
    await watch.stop();
    expect(machine.clock.pendingTimers).toBe(0);
  });

  test('outlives what else a store says, which is warned of once', async () => {
    await other.rooms.create(ada, 'Lab', { password: false });
    const { watch, seen } = await startWatch(machine);
    machine.storage.failure = new Error('damaged');
    machine.clock.advance(66_000);
    await settle();
    machine.clock.advance(3_000);
    await settle();
    expect(machine.logged('warn')).toHaveLength(1);
    expect(names(seen.values())).toEqual(['Lab']);
    await watch.stop();
  });
});

describe('the endpoint of a live room while the store is away', () => {
  test('is stored when the store is back, three seconds later at most', async () => {
    const lab = await machine.rooms.create(ada, 'Lab', { password: false });
    machine.storage.goAway();
    const endpoint = await machine.rooms.publishEndpoint(ada, lab, () => [HERE]);
    expect(await other.rooms.lookupEndpoints(lab)).toEqual([]);
    machine.clock.advance(3_000);
    await settle();
    machine.storage.comeBack();
    machine.clock.advance(3_000);
    await settle();
    expect(await other.rooms.lookupEndpoints(lab)).toEqual([HERE]);
    // From then on no more often than always.
    const { replace } = machine.storage.asked;
    machine.clock.advance(19_000);
    await settle();
    expect(machine.storage.asked.replace).toBe(replace);
    machine.clock.advance(1_000);
    await settle();
    expect(machine.storage.asked.replace).toBe(replace + 1);
    await endpoint.stop();
    expect(await other.rooms.lookupEndpoints(lab)).toEqual([]);
    expect(machine.clock.pendingTimers).toBe(0);
    expect(machine.logged('warn')).toEqual([]);
  });

  test('is rewritten soon after an outage during a refresh', async () => {
    const lab = await machine.rooms.create(ada, 'Lab', { password: false });
    let port = 1;
    const endpoint = await machine.rooms.publishEndpoint(ada, lab, () => [{ ...HERE, port }]);
    machine.storage.goAway();
    port = 2;
    machine.clock.advance(20_000);
    await settle();
    machine.storage.comeBack();
    machine.clock.advance(3_000);
    await settle();
    expect(await machine.rooms.lookupEndpoints(lab)).toEqual([{ ...HERE, port: 2 }]);
    await endpoint.stop();
  });

  test('is left to expire by who leaves then, without asking again', async () => {
    const lab = await machine.rooms.create(ada, 'Lab', { password: false });
    const endpoint = await machine.rooms.publishEndpoint(ada, lab, () => [HERE]);
    machine.storage.goAway();
    const refreshed = endpoint.refresh();
    // It is under way when the call is left.
    await Promise.resolve();
    const stopped = endpoint.stop();
    await expect(refreshed).rejects.toMatchObject(away);
    await stopped;
    expect(machine.storage.asked.remove).toBe(0);
    expect(machine.logged('warn')).toEqual([]);
    expect(machine.clock.pendingTimers).toBe(0);
    // One who did not know that it is away finds out, and says nothing of it.
    machine.storage.comeBack();
    const again = await machine.rooms.publishEndpoint(ada, lab, () => [HERE]);
    machine.storage.goAway();
    const before = asked(machine);
    await again.stop();
    expect(asked(machine)).toBe(before + 1);
    expect(machine.logged('warn')).toEqual([]);
  });

  test('fails at once for other reasons', async () => {
    const lab = await machine.rooms.create(ada, 'Lab', { password: false });
    const nowhere = machine.rooms.publishEndpoint(ada, lab, () => []);
    await expect(nowhere).rejects.toMatchObject({ code: 'RK_ENDPOINT_INVALID' });
    machine.storage.failure = new Error('damaged');
    const damaged = machine.rooms.publishEndpoint(ada, lab, () => [HERE]);
    await expect(damaged).rejects.toThrow('damaged');
    expect(machine.clock.pendingTimers).toBe(0);
  });
});

describe('creating a room', () => {
  test('leaves none behind where the store goes away before it is sure', async () => {
    const { rooms, storage } = machine;
    const list = storage.list;
    storage.list = async (...given) => {
      storage.list = list;
      storage.goAway();
      try {
        return await list(...given);
      } finally {
        storage.comeBack();
      }
    };
    await expect(rooms.create(ada, 'Lab', { password: false })).rejects.toMatchObject(away);
    expect(await rooms.list()).toEqual([]);
  });
});
