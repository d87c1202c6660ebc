import { afterEach, describe, expect, test, vi } from 'vitest';
import { MemoryBackend } from '@roomkey/core/conformance';
import * as identity from '../../src/secure/identity.js';
import { ada, bob, HERE, TestMachine, settle, storeRooms, startWatch } from './test-machine.js';

vi.mock('../../src/secure/identity.js', { spy: true });

afterEach(() => void vi.mocked(identity.verifySignature).mockClear());

/** How many signatures were verified since the last time. */
function verified(): number {
  const { calls } = vi.mocked(identity.verifySignature).mock;
  return calls.splice(0).length;
}

/** How often the store was asked since the last time. */
function asked({ storage }: TestMachine): Record<string, number> {
  const { ...counts } = storage.asked;
  Object.assign(storage.asked, { get: 0, list: 0, insert: 0, replace: 0, remove: 0, watch: 0 });
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

describe('many rooms', () => {
  test('are listed with one question for each collection, and verified once', async () => {
    const machine = new TestMachine();
    await storeRooms(machine, 50);
    asked(machine);
    expect(await machine.rooms.list()).toHaveLength(50);
    expect(asked(machine)).toEqual({ list: 2 });
    expect(verified()).toBe(50);
    await machine.rooms.list();
    expect(verified()).toBe(0);
  });

  test('of which one is found are not verified but for that one', async () => {
    const machine = new TestMachine();
    const ids = await storeRooms(machine, 50);
    asked(machine);
    expect((await machine.rooms.find('room 7')).id).toBe(ids[7]);
    expect(asked(machine)).toEqual({ list: 1, get: 1 });
    expect(verified()).toBe(1);
    expect((await machine.rooms.find(ids[8]!.toUpperCase())).id).toBe(ids[8]);
    expect(asked(machine)).toEqual({ get: 2 });
    expect(verified()).toBe(1);
  });

  test('are read once to create one more', async () => {
    const machine = new TestMachine();
    await storeRooms(machine, 50);
    asked(machine);
    await machine.rooms.create(ada, 'Lab', { password: false });
    expect(asked(machine)).toEqual({ insert: 1, list: 1 });
    expect(verified()).toBe(0);
    const again = machine.rooms.create(ada, 'LAB', { password: false });
    await expect(again).rejects.toMatchObject({ code: 'RK_ROOM_EXISTS' });
    // What was read before says that it is there; nothing is stored first.
    expect(asked(machine)).toEqual({ get: 1 });
    const cold = new TestMachine();
    await storeRooms(cold, 1);
    await expect(cold.rooms.create(ada, 'room 0', { password: false })).rejects.toMatchObject({
      code: 'RK_ROOM_EXISTS',
    });
    expect(await cold.rooms.list()).toHaveLength(1);
  });

  test('cost a watcher only what changes', async () => {
    const disk = new MemoryBackend();
    const machine = new TestMachine(disk);
    const other = new TestMachine(disk);
    const ids = await storeRooms(other, 50);
    const { watch, changes, seen } = await startWatch(machine);
    expect(seen.size).toBe(50);
    changes.length = 0;
    asked(machine);
    verified();
    const { parameters } = seen.get(ids[3]!)!;
    const endpoint = await other.rooms.publishEndpoint(ada, { name: '', parameters }, () => [HERE]);
    await other.rooms.remove(ada, ids[4]!);
    await settle();
    expect(changes.map(({ type, room }) => [type, room.id])).toEqual([
      ['changed', ids[3]],
      ['lost', ids[4]],
    ]);
    expect(asked(machine)).toEqual({});
    // One by who removed the room, one by who saw the endpoint.
    expect(verified()).toBe(2);
    await watch.stop();
    await endpoint.stop();
  });

  test.each<[string, (machine: TestMachine) => Promise<unknown>]>([
    ['list', ({ rooms }) => rooms.list()],
    ['watch', (machine) => startWatch(machine).then(({ watch }) => watch.stop())],
  ])('leave the event loop free at the first %s', async (_what, work) => {
    const machine = new TestMachine();
    await storeRooms(machine, 1_000);
    let turns = 0;
    let isWorking = true;
    const count = (): void => {
      turns += 1;
      if (isWorking) setImmediate(count);
    };
    setImmediate(count);
    await work(machine);
    isWorking = false;
    // No time is measured: work that does not give way leaves two or three turns.
    expect(turns).toBeGreaterThan(5);
  });

  test('that are damaged do not fill the log', async () => {
    const machine = new TestMachine();
    for (let n = 0; n < 30; n += 1) {
      await machine.storage.insert('rooms', `garbage-${String(n)}`, { name: 'Lab' });
    }
    expect(await machine.rooms.list()).toEqual([]);
    expect(machine.logged('warn')).toHaveLength(10);
    await expect(machine.rooms.find('Lab')).rejects.toMatchObject({ code: 'RK_ROOM_NOT_FOUND' });
  });

  test('of one name are not all named', async () => {
    const machine = new TestMachine();
    for (let n = 0; n < 12; n += 1) await storeRooms(machine, 1);
    await storeRooms(machine, 1, bob);
    const error: unknown = await machine.rooms.find('Room 0').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RK_ROOM_AMBIGUOUS' });
    expect(String(error).match(/ of (Ada|Bob)/g)).toHaveLength(8);
    expect(String(error)).toContain('…');
  });
});

describe('what a shared store may hold', () => {
  test.each([
    ['an id that is a property of every object', '__proto__', {}],
    ['a name of a million letters', 'long', { name: 'x'.repeat(1_000_000), host: 'x' }],
    ['a name that is none', 'array', { name: ['Lab'], host: {} }],
  ])('%s is passed over', async (_what, id, value) => {
    const machine = new TestMachine();
    const made = await machine.rooms.create(ada, 'Lab', { password: false });
    await machine.storage.insert('rooms', id, value);
    await machine.storage.insert('endpoints', id, { sealed: 'x'.repeat(1_000_000) });
    // A record as far as its fields go, to be refused before anything of it is computed.
    const record = Buffer.alloc(1_000_000);
    record.writeUInt8(1, 0);
    record.writeUInt8(1, 32);
    const sealed = record.toString('base64');
    await machine.storage.insert('endpoints', made.id, { sealed });
    verified();
    expect(await machine.rooms.list({ account: ada })).toEqual([made]);
    expect((await machine.rooms.find('lab', { account: ada })).id).toBe(made.id);
    const { watch, seen } = await startWatch(machine);
    expect([...seen.values()]).toEqual([made]);
    await watch.stop();
    expect(verified()).toBeLessThanOrEqual(1);
  });
});
