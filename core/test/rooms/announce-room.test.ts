import { describe, expect, test, vi } from 'vitest';
import { MemoryBroadcastDomain, MemoryDiscovery } from '@roomkey/core/conformance';
import { announceRoom } from '../../src/rooms/announce-room.js';
import { LiveRooms } from '../../src/rooms/live-rooms.js';
import type { BeaconSource } from '../../src/contracts/discovery.js';
import { decodeBeacon, type Beacon } from '../../src/secure/beacon.js';
import { Host, MemoryLogger } from './setup.js';

function heardOn(domain: MemoryBroadcastDomain): Beacon[] {
  const heard: Beacon[] = [];
  domain.listen(({ beacon }) => heard.push(decodeBeacon(beacon)));
  return heard;
}

/** Lets everything that is under way arrive. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('announcing a room', () => {
  test('is found, changed and lost by who listens', async () => {
    const domain = new MemoryBroadcastDomain();
    const live = new LiveRooms({
      discovery: new MemoryDiscovery(domain),
      logger: new MemoryLogger(),
    });
    const events: string[] = [];
    for (const type of ['found', 'changed', 'lost'] as const) {
      live.on(type, ({ name }) => events.push(`${type} ${name}`));
    }
    await live.start();
    const { identity, facts } = new Host('ada', { roomName: 'Lab' });
    const announcement = await announceRoom(new MemoryDiscovery(domain), identity, facts);
    await settle();
    announcement.update({ port: 1234 });
    await settle();
    expect(live.list()[0]?.addresses[0]?.port).toBe(1234);
    await announcement.stop();
    await announcement.stop();
    await settle();
    expect(events).toEqual(['found Lab', 'changed Lab', 'lost Lab']);
    await live.stop();
  });

  test('makes beacons whose sequence grows, and nothing but farewells after the first', async () => {
    const domain = new MemoryBroadcastDomain();
    const all = heardOn(domain);
    const { identity, facts } = new Host('ada');
    // Two ways of discovery as one: each says its own farewell, the second beats in between.
    const sources: BeaconSource[] = [];
    const discovery = {
      announce: async (source: BeaconSource) => {
        sources.push(source);
        return { update: () => undefined, stop: async () => undefined };
      },
      discover: () => Promise.reject(new Error('not used')),
    };
    await announceRoom(discovery, identity, facts, { clock: { wallTime: () => 42 } });
    for (const farewell of [false, false, true, false, true]) {
      domain.send(sources[0]!.next(farewell), '192.0.2.1');
    }
    await settle();
    expect(all.map(({ farewell }) => farewell)).toEqual([false, false, true, true, true]);
    expect(new Set(all.map(({ epoch }) => epoch))).toEqual(new Set([42]));
    const sequences = all.map(({ sequence }) => sequence);
    expect(sequences).toEqual([0, 1, 2, 3, 4]);
  });

  test('with facts that no beacon can say fails before anything is sent', async () => {
    const domain = new MemoryBroadcastDomain();
    const heard = heardOn(domain);
    const { identity, facts } = new Host('ada');
    const invalid = { code: 'RK_BEACON_INVALID' };
    const wrong = announceRoom(new MemoryDiscovery(domain), identity, { ...facts, port: 0 });
    await expect(wrong).rejects.toMatchObject(invalid);
    // Also where the discovery would have asked for a beacon later.
    const announce = vi.fn(() => Promise.reject(new Error('too far')));
    const lazy = { announce, discover: () => Promise.reject(new Error('not used')) };
    const late = announceRoom(lazy, identity, { ...facts, port: 0 });
    await expect(late).rejects.toMatchObject(invalid);
    expect(announce).not.toHaveBeenCalled();
    await settle();
    expect(heard).toEqual([]);
    const announcement = await announceRoom(new MemoryDiscovery(domain), identity, facts);
    expect(() => announcement.update({ roomName: '' })).toThrow(expect.objectContaining(invalid));
    await announcement.stop();
    await settle();
    expect(heard.at(-1)).toMatchObject({ farewell: true, roomName: facts.roomName });
  });
});
