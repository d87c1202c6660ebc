import { beforeEach, describe, expect, test, vi } from 'vitest';
import { MemoryBackend } from '@roomkey/core/conformance';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { ada, HERE, TestMachine, settle, startWatch } from './test-machine.js';
import { ManualClock } from './setup.js';

/** A clock that is so many ms ahead of the others. */
function clockAhead(ms: number): ManualClock {
  const clock = new ManualClock();
  clock.advance(ms);
  return clock;
}

let disk: MemoryBackend;
let host: TestMachine;
let room: RoomEntry;

beforeEach(async () => {
  disk = new MemoryBackend();
  host = new TestMachine(disk);
  room = await host.rooms.create(ada, 'Lab', { password: false });
});

const publish = () => host.rooms.publishEndpoint(ada, room, () => [HERE]);
const isLive = async (machine: TestMachine) => (await machine.rooms.list())[0]?.live;

/** Several machines' time goes on together, and what their timers bring happens. */
async function pass(ms: number, ...machines: TestMachine[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    for (const { clock } of machines) clock.advance(1_000);
    await settle();
  }
}

describe('machines that share a store and hear no beacons', () => {
  test('thirty of them see each other’s rooms, and where those take guests', async () => {
    const machines = Array.from({ length: 30 }, () => new TestMachine(disk));
    for (const [n, { rooms }] of machines.entries()) {
      const made = await rooms.create(ada, `Room ${String(n)}`, { password: false });
      await rooms.publishEndpoint(ada, made, () => [{ host: `192.0.2.${String(n)}`, port: 1 }]);
    }
    for (const { rooms } of machines) {
      const list = await rooms.list();
      const live = list.filter((entry) => entry.live);
      expect(live.map(({ addresses }) => addresses[0]?.host)).toHaveLength(30);
      expect(new Set(live.map(({ addresses }) => addresses[0]?.host)).size).toBe(30);
    }
  });

  test('one that watches sees a room end when its machine vanishes', async () => {
    const machine = new TestMachine(disk);
    const { watch, seen, changes } = await startWatch(machine);
    // So that it does not expire at the same time as the full read.
    await pass(30_000, machine, host);
    await publish();
    await settle();
    expect(seen.get(room.id)).toMatchObject({ live: true, addresses: [HERE] });
    changes.length = 0;
    // The host's clock stands still from now on: it writes no more.
    await pass(59_000, machine);
    expect(changes).toEqual([]);
    await pass(1_000, machine);
    expect(seen.get(room.id)).toMatchObject({ live: false, addresses: [] });
    expect(await isLive(machine)).toBe(false);
    await watch.stop();
    expect(machine.clock.pendingTimers).toBe(0);
  });

  test('a distant expiry causes no busy loop', async () => {
    host.clock.advance(10 ** 13);
    await publish();
    const machine = new TestMachine(disk);
    const after = vi.spyOn(machine.clock, 'after');
    const { watch } = await startWatch(machine);
    // Longer ones than 2³¹ ms would end at once, again and again.
    for (const [ms] of after.mock.calls) expect(ms).toBeLessThanOrEqual(60_000);
    expect(machine.clock.pendingTimers).toBe(2);
    await watch.stop();
  });

  test.each([-40_000, -5_000, 5_000, 39_000])(
    'one whose clock is %i ms apart sees a live room as live all the time',
    async (ms) => {
      const machine = new TestMachine(disk, { clock: clockAhead(ms < 0 ? 0 : ms) });
      if (ms < 0) host.clock.advance(-ms);
      const endpoint = await publish();
      const { watch, seen, changes } = await startWatch(machine);
      expect(seen.get(room.id)?.live).toBe(true);
      changes.length = 0;
      await pass(90_000, machine, host);
      expect(changes).toEqual([]);
      expect(await isLive(machine)).toBe(true);
      await endpoint.stop();
      await settle();
      expect(seen.get(room.id)?.live).toBe(false);
      await watch.stop();
    },
  );

  test('one without the directory key sees the room and not where it is', async () => {
    const stranger = new TestMachine(disk, { directoryKey: new Uint8Array(32).fill(2) });
    const endpoint = await publish();
    expect(await stranger.rooms.list()).toMatchObject([
      { name: 'Lab', live: false, addresses: [] },
    ]);
    expect(await stranger.rooms.find('Lab')).toMatchObject({ live: false, addresses: [] });
    const { watch, seen, changes } = await startWatch(stranger);
    expect(seen.get(room.id)).toMatchObject({ name: 'Lab', live: false });
    changes.length = 0;
    await endpoint.refresh();
    await settle();
    expect(changes).toEqual([]);
    await watch.stop();
    await endpoint.stop();
  });

  test('one that watches refuses a record that is put back, or moved to another room', async () => {
    const attic = await host.rooms.create(ada, 'Attic', { password: false });
    const machine = new TestMachine(disk);
    const { watch, seen } = await startWatch(machine);
    const endpoint = await publish();
    await settle();
    const old = await host.storage.get('endpoints', room.id);
    await endpoint.refresh();
    await settle();
    expect(seen.get(room.id)?.live).toBe(true);
    const current = await host.storage.get('endpoints', room.id);
    await host.storage.replace('endpoints', room.id, current!.revision, old!.value);
    await host.storage.insert('endpoints', attic.id, old!.value);
    await settle();
    expect(seen.get(room.id)).toMatchObject({ live: false, addresses: [] });
    expect(seen.get(attic.id)).toMatchObject({ live: false, addresses: [] });
    expect((await machine.rooms.list()).map(({ live }) => live)).toEqual([false, false]);
    // The host's next one is taken again.
    await endpoint.refresh();
    await settle();
    expect(seen.get(room.id)?.live).toBe(true);
    await watch.stop();
    await endpoint.stop();
  });
});
