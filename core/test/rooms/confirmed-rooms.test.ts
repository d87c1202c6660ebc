import { beforeEach, describe, expect, test } from 'vitest';
import { LiveRooms } from '../../src/rooms/live-rooms.js';
import { toHex } from '../../src/secure/bytes.js';
import { ManualClock, hear, Host, MemoryLogger, roomOf, ScriptedDiscovery } from './setup.js';

let clock: ManualClock;
let discovery: ScriptedDiscovery;
let live: LiveRooms;
let events: string[];

beforeEach(async () => {
  clock = new ManualClock();
  discovery = new ScriptedDiscovery();
  live = new LiveRooms({ discovery, logger: new MemoryLogger(), clock });
  events = [];
  for (const type of ['found', 'changed', 'lost'] as const) {
    live.on(type, (room) => events.push(`${type} ${room.confirmed ? 'open' : 'maybe'}`));
  }
  await live.start();
  // The query of the start goes out when that is done.
  await asked();
});

/** Lets a query go out. */
const asked = () => new Promise((resolve) => setImmediate(resolve));

const drop = (beacon: Uint8Array, host?: string) => hear(live, discovery, beacon, host);
const room = (host: Host) => roomOf(live, host);

function hostsOf(host: Host): string[] {
  return room(host)?.addresses.map((address) => address.host) ?? [];
}

const challenge = () => discovery.queries.at(-1)!;

describe('a room that was only heard', () => {
  test('is maybe open, also by a beacon of two years ago, until a query is answered', () => {
    const host = new Host('ada', { epoch: Date.now() - 2 * 365 * 86_400_000 });
    discovery.hear(host.beacon());
    expect(room(host)?.confirmed).toBe(false);
    expect(drop(host.beacon({ challenge: challenge() }))).toBeUndefined();
    expect(room(host)?.confirmed).toBe(true);
    expect(events).toEqual(['found maybe', 'changed open']);
  });

  test('is asked, at most once in two seconds, and rarely after four times in vain', async () => {
    const host = new Host('ada');
    let sequence = 0;
    const counts: number[] = [];
    for (let second = 0; second < 40; second += 1) {
      discovery.hear(host.beacon({ sequence: (sequence += 1) }));
      clock.advance(1_000);
      await asked();
      counts.push(discovery.queries.length - 1);
    }
    expect(counts[1]).toBe(0);
    expect(counts[3]).toBe(1);
    expect(counts[12]).toBe(4);
    expect(counts[39]).toBeLessThanOrEqual(6);
    expect(new Set(discovery.queries.map(toHex)).size).toBe(discovery.queries.length);
  });

  test('is not confirmed by the answer to another’s query, nor to an old one', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon());
    expect(drop(host.beacon({ sequence: 1, challenge: new Uint8Array(16).fill(9) }))).toBe(
      'unasked',
    );
    const old = challenge();
    clock.advance(2_001);
    expect(drop(host.beacon({ sequence: 1, challenge: old }))).toBe('unasked');
    expect(room(host)?.confirmed).toBe(false);
  });

  test('is not confirmed by an answer with a foreign signature', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon());
    const forged = host.beacon({ challenge: challenge() });
    forged[forged.length - 1]! ^= 1;
    expect(drop(forged)).toBe('unsigned');
    expect(room(host)?.confirmed).toBe(false);
  });
});

describe('a room that answered', () => {
  test('is not displaced by what is only heard, whichever epoch that has', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon({ challenge: challenge() }), '192.0.2.1');
    discovery.hear(host.beacon({ sequence: 9 }), '203.0.113.66');
    discovery.hear(host.beacon({ epoch: host.facts.epoch + 9, port: 666 }), '203.0.113.67');
    expect(room(host)).toMatchObject({ confirmed: true, epoch: host.facts.epoch });
    expect(hostsOf(host)).toEqual(['192.0.2.1', '203.0.113.66', '203.0.113.67']);
    expect(room(host)?.addresses[2]?.port).toBe(666);
  });

  test('has both addresses at which it answered, in a steady order', () => {
    const host = new Host('ada');
    for (let round = 0; round < 3; round += 1) {
      const answer = host.beacon({ challenge: challenge() });
      const order = ['192.0.2.1', '198.51.100.1'];
      for (const address of round % 2 === 0 ? order : order.reverse())
        discovery.hear(answer, address);
    }
    expect(hostsOf(host)).toEqual(['192.0.2.1', '198.51.100.1']);
    expect(events).toEqual(['found open', 'changed open']);
  });

  test('and moved has its new address first as soon as that answers', async () => {
    const host = new Host('ada');
    discovery.hear(host.beacon({ challenge: challenge() }), '192.0.2.1');
    clock.advance(2_500);
    discovery.hear(host.beacon({ sequence: 1 }), '192.0.2.2');
    expect(hostsOf(host)).toEqual(['192.0.2.1', '192.0.2.2']);
    clock.advance(200);
    await asked();
    discovery.hear(host.beacon({ sequence: 1, challenge: challenge() }), '192.0.2.2');
    expect(hostsOf(host)).toEqual(['192.0.2.2', '192.0.2.1']);
  });

  test('is maybe open again when only others are heard for 7 s', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon({ challenge: challenge() }), '192.0.2.1');
    for (let sequence = 1; sequence < 8; sequence += 1) {
      clock.advance(1_000);
      discovery.hear(host.beacon({ sequence }), '203.0.113.66');
    }
    expect(room(host)?.confirmed).toBe(false);
    expect(hostsOf(host)).toEqual(['203.0.113.66']);
  });
});

describe('a room that is open in two places', () => {
  const places = (host: Host) => {
    const first = { epoch: host.facts.epoch, port: 50_001 };
    const second = { epoch: host.facts.epoch + 1_000, port: 50_002 };
    discovery.hear(host.beacon({ ...first, challenge: challenge() }), '192.0.2.1');
    discovery.hear(host.beacon({ ...second, challenge: challenge() }), '192.0.2.2');
    return { first, second };
  };

  test.each(['first', 'second'] as const)('stays when the %s ends', (which) => {
    const host = new Host('ada');
    const both = places(host);
    discovery.hear(host.beacon({ ...both[which], sequence: 1, farewell: true }));
    expect(hostsOf(host)).toEqual([which === 'first' ? '192.0.2.2' : '192.0.2.1']);
    expect(events).not.toContain('lost open');
    const left = which === 'first' ? both.second : both.first;
    expect(drop(host.beacon({ ...left, sequence: 2 }))).toBeUndefined();
    discovery.hear(host.beacon({ ...left, sequence: 3, farewell: true }));
    expect(events.at(-1)).toBe('lost open');
  });

  test('stays when one of them falls silent', () => {
    const host = new Host('ada');
    const { first } = places(host);
    for (let sequence = 1; sequence < 8; sequence += 1) {
      clock.advance(1_000);
      discovery.hear(host.beacon({ ...first, sequence }), '192.0.2.1');
    }
    expect(hostsOf(host)).toEqual(['192.0.2.1']);
    expect(events).not.toContain('lost open');
  });

  test('is found in the place that opened it first only by its answer', async () => {
    const host = new Host('ada');
    const earlier = { epoch: host.facts.epoch - 1_000, port: 50_001 };
    discovery.hear(host.beacon({ challenge: challenge() }), '192.0.2.2');
    clock.advance(2_500);
    expect(drop(host.beacon({ ...earlier, sequence: 5 }), '192.0.2.1')).toBe('repeated');
    clock.advance(200);
    await asked();
    const answer = host.beacon({ ...earlier, sequence: 5, challenge: challenge() });
    expect(drop(answer, '192.0.2.1')).toBeUndefined();
    expect(hostsOf(host)).toEqual(['192.0.2.2', '192.0.2.1']);
  });

  test('keeps a bounded number of places', () => {
    const host = new Host('ada');
    for (let n = 0; n < 9; n += 1) {
      discovery.hear(host.beacon({ epoch: host.facts.epoch + n }), `192.0.2.${n}`);
    }
    expect(room(host)?.addresses).toHaveLength(4);
  });
});
