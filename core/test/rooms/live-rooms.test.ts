import { beforeEach, describe, expect, test } from 'vitest';
import { LiveRooms } from '../../src/rooms/live-rooms.js';
import { toHex, u32, utf8 } from '../../src/secure/bytes.js';
import { sha256 } from '../../src/secure/kdf.js';
import { roomId } from '../../src/secure/room-parameters.js';
import {
  ManualClock,
  hear,
  Host,
  identityOf,
  MemoryLogger,
  roomOf,
  ScriptedDiscovery,
} from './setup.js';

let clock: ManualClock;
let discovery: ScriptedDiscovery;
let logger: MemoryLogger;
let live: LiveRooms;
let events: string[];

beforeEach(async () => {
  clock = new ManualClock();
  discovery = new ScriptedDiscovery();
  logger = new MemoryLogger();
  live = new LiveRooms({ discovery, logger, clock });
  events = [];
  for (const type of ['found', 'changed', 'lost'] as const) {
    live.on(type, (room) => events.push(`${type} ${room.ownerName}`));
  }
  await live.start();
});

const drop = (beacon: Uint8Array, host?: string) => hear(live, discovery, beacon, host);
const room = (host: Host) => roomOf(live, host);

/** Has so many rooms of strangers found, as fast as they are let in. */
function fillWithStrangers(count: number): Host[] {
  const strangers = Array.from({ length: count }, () => new Host('eve'));
  for (const [n, stranger] of strangers.entries()) {
    if (n % 90 === 0) clock.advance(1_000);
    expect(drop(stranger.beacon(), `198.51.100.${n}`)).toBeUndefined();
  }
  return strangers;
}

describe('a live room', () => {
  test('is found with all that its beacon says', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon({ sequence: 3 }), '192.0.2.9');
    expect(events).toEqual(['found ada']);
    expect(live.list()).toEqual([
      {
        id: toHex(roomId(host.facts.room)),
        parameters: host.facts.room,
        name: "ada's room",
        ownerName: 'ada',
        addresses: [{ host: '192.0.2.9', port: 50_000 }],
        epoch: host.facts.epoch,
        minVersion: 1,
        maxVersion: 1,
        confirmed: false,
        full: false,
      },
    ]);
  });

  test('that says the same again is not told of again', () => {
    const host = new Host('ada');
    for (let sequence = 0; sequence < 5; sequence += 1) {
      discovery.hear(host.beacon({ sequence }));
      clock.advance(2_000);
    }
    expect(events).toEqual(['found ada']);
  });

  test.each([
    ['port', 50_001],
    ['roomName', 'another name'],
    ['full', true],
    ['maxVersion', 2],
    ['epoch', 1_790_000_000_001],
  ] as const)('that changes its %s is told of', (field, value) => {
    const host = new Host('ada');
    discovery.hear(host.beacon());
    discovery.hear(host.beacon({ sequence: 1, [field]: value }));
    expect(events).toEqual(['found ada', 'changed ada']);
  });

  test('that moves has its new address first, and the old one until that is silent for 7 s', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon({ sequence: 0 }), '192.0.2.1');
    clock.advance(2_000);
    discovery.hear(host.beacon({ sequence: 1 }), '192.0.2.2');
    expect(events).toEqual(['found ada', 'changed ada']);
    expect(room(host)?.addresses.map((address) => address.host)).toEqual([
      '192.0.2.2',
      '192.0.2.1',
    ]);
    clock.advance(5_000);
    expect(room(host)?.addresses.map((address) => address.host)).toEqual(['192.0.2.2']);
    expect(events).toEqual(['found ada', 'changed ada', 'changed ada']);
  });

  test('that is heard on two interfaces keeps its first address first, without flapping', () => {
    const host = new Host('ada');
    for (let sequence = 0; sequence < 6; sequence += 1) {
      const beacon = host.beacon({ sequence });
      const order =
        sequence % 2 === 0 ? ['192.0.2.1', '198.51.100.1'] : ['198.51.100.1', '192.0.2.1'];
      for (const address of order) expect(drop(beacon, address)).toBeUndefined();
      clock.advance(2_000);
    }
    expect(events).toEqual(['found ada', 'changed ada']);
    expect(room(host)?.addresses[0]?.host).toBe('192.0.2.1');
  });

  test('has at most four addresses', () => {
    const host = new Host('ada');
    for (let n = 0; n < 9; n += 1) discovery.hear(host.beacon(), `192.0.2.${n}`);
    expect(room(host)?.addresses).toHaveLength(4);
  });

  test('is lost after 7 s of silence, not before', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon());
    clock.advance(6_999);
    expect(events).toEqual(['found ada']);
    clock.advance(1);
    expect(events).toEqual(['found ada', 'lost ada']);
    expect(live.list()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is lost at its farewell, at once', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon());
    discovery.hear(host.beacon({ sequence: 1, farewell: true }));
    expect(events).toEqual(['found ada', 'lost ada']);
  });

  test('has names that cannot drive a terminal', () => {
    const esc = '\u001b';
    const host = new Host('eve', {
      roomName: `${esc}[2J${esc}]0;owned\u0007\u009b31mLab\r\n\u202eabc\u2066\u200b`,
      hostName: '\u2028\u001b\u0000\u007f',
    });
    discovery.hear(host.beacon());
    expect(room(host)?.name).toBe('[2J]0;owned31mLababc');
    // Nothing of it can be shown: the host's key stands in.
    expect(room(host)?.ownerName).toBe(toHex(host.identity.publicKey).slice(0, 8));
  });
});

describe('a beacon is dropped', () => {
  const length = (bytes: number) => {
    const beacon = new Uint8Array(bytes);
    beacon.set(utf8('RKB1'));
    return beacon;
  };

  test('as foreign: too short, too long, or of another kind', () => {
    const onvif = utf8(`<?xml version="1.0"?><Envelope>${' '.repeat(300)}</Envelope>`);
    for (const bytes of [length(4), length(50), length(513), length(65_000), onvif]) {
      expect(drop(bytes)).toBe('foreign');
    }
    expect(live.list()).toEqual([]);
  });

  test('as malformed: another room id than its parameters give', () => {
    const beacon = new Host('ada').beacon();
    beacon[8]! ^= 1;
    expect(drop(beacon)).toBe('malformed');
  });

  test.each([1, 599_999, 5_000_001, 2 ** 32 - 1])('as malformed: iter %i', (iterations) => {
    const host = new Host('ada');
    const parameters = { ...host.facts.room, mode: 1, iterations } as const;
    const signed = host.beacon().slice(0, -64);
    signed[5] = 1;
    signed.set(roomId(parameters), 8);
    signed.set(u32(iterations), 84);
    const signature = host.identity.sign(Buffer.concat([utf8('roomkey/1 beacon'), signed]));
    expect(drop(Buffer.concat([signed, signature]))).toBe('malformed');
  });

  test('as unsigned: signed by another, or changed', () => {
    const host = new Host('ada');
    const forged = host.beacon();
    const signed = Buffer.concat([utf8('roomkey/1 beacon'), forged.subarray(0, -64)]);
    forged.set(identityOf('eve').sign(signed), forged.length - 64);
    expect(drop(forged)).toBe('unsigned');
    const changed = host.beacon();
    changed[88]! ^= 1;
    expect(drop(changed)).toBe('unsigned');
    expect(live.list()).toEqual([]);
  });

  test('as unsigned also where the room is known: nothing of it is taken over', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon());
    const forged = host.beacon({ sequence: 2 ** 32 - 1, farewell: true });
    forged[forged.length - 1]! ^= 1;
    expect(drop(forged)).toBe('unsigned');
    // Had the forgery's sequence number been noted, the host would be silenced now.
    expect(drop(host.beacon({ sequence: 1, port: 50_001 }))).toBeUndefined();
    expect(events).toEqual(['found ada', 'changed ada']);
  });

  test('as repeated: an old sequence number or an old epoch', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon({ sequence: 5 }));
    expect(drop(host.beacon({ sequence: 4 }))).toBe('repeated');
    expect(drop(host.beacon({ sequence: 5, port: 1 }))).toBe('repeated');
    expect(drop(host.beacon({ sequence: 9, epoch: host.facts.epoch - 1 }))).toBe('repeated');
    expect(drop(host.beacon({ sequence: 0, epoch: host.facts.epoch + 1 }))).toBeUndefined();
  });

  test('as repeated, and a recording keeps no room alive', () => {
    const host = new Host('ada');
    const recorded = host.beacon();
    discovery.hear(recorded);
    for (let n = 0; n < 7; n += 1) {
      clock.advance(1_000);
      discovery.hear(recorded, '203.0.113.66');
    }
    expect(events.at(-1)).toBe('lost ada');
    expect(drop(recorded)).toBe('repeated');
    expect(live.list()).toEqual([]);
  });

  test('as repeated after a farewell; a recording does not bring the room back', () => {
    const host = new Host('ada');
    const recorded = [0, 1, 2].map((sequence) => host.beacon({ sequence }));
    discovery.hear(recorded[0]!);
    discovery.hear(host.beacon({ sequence: 3, farewell: true }));
    for (const beacon of recorded) expect(drop(beacon)).toBe('repeated');
    // Its host can come back at any time.
    expect(drop(host.beacon({ epoch: host.facts.epoch + 1 }))).toBeUndefined();
  });

  test('as repeated for a minute only: a host whose clock was set back is found again', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon({ epoch: 2_000 }));
    discovery.hear(host.beacon({ epoch: 2_000, sequence: 1, farewell: true }));
    clock.advance(59_000);
    expect(drop(host.beacon({ epoch: 1_000 }))).toBe('repeated');
    clock.advance(1_000);
    expect(drop(host.beacon({ epoch: 1_000 }))).toBeUndefined();
  });
});

describe('a flood', () => {
  test('from one address is cut at 10 a second and hurts no other', () => {
    const flooder = new Host('eve');
    for (let sequence = 0; sequence < 1_000; sequence += 1) {
      discovery.hear(flooder.beacon({ sequence }), '203.0.113.66');
    }
    expect(live.dropped.get('rate')).toBe(990);
    expect(drop(new Host('ada').beacon(), '192.0.2.1')).toBeUndefined();
    clock.advance(1_000);
    expect(drop(flooder.beacon({ sequence: 5_000 }), '203.0.113.66')).toBeUndefined();
  });

  test('from many addresses leaves half of the total to rooms that are known', () => {
    const host = new Host('ada');
    discovery.hear(host.beacon(), '192.0.2.1');
    clock.advance(1_000);
    const forged = new Host('eve').beacon();
    forged[forged.length - 1]! ^= 1;
    for (let n = 0; n < 5_000; n += 1) discovery.hear(forged, `203.0.${n >> 8}.${n & 255}`);
    expect(live.dropped.get('unsigned')).toBe(100);
    expect(live.dropped.get('rate')).toBe(4_900);
    expect(drop(host.beacon({ sequence: 1 }), '192.0.2.1')).toBeUndefined();
    expect(drop(new Host('bob').beacon(), '192.0.2.2')).toBe('rate');
  });

  test('of 10,000 rooms does not push out those that were there', () => {
    const ada = new Host('ada');
    discovery.hear(ada.beacon(), '192.0.2.1');
    const strangers = fillWithStrangers(255);
    const made = strangers[0]!.beacon();
    for (let n = 0; n < 9_745; n += 1) {
      if (n % 3_300 === 0) clock.advance(1_000);
      if (n % 3_300 === 200) {
        expect(drop(ada.beacon({ sequence: n }), '192.0.2.1')).toBeUndefined();
      }
      // Another room each time. That its signature is not its own is never found out: no signature
      // is paid for while there is no place.
      const salt = sha256(u32(n)).slice(0, 16);
      made.set(salt, 68);
      made.set(roomId({ ...strangers[0]!.facts.room, salt }), 8);
      discovery.hear(made, `203.0.${n % 200}.1`);
    }
    expect(live.list()).toHaveLength(256);
    expect(room(ada)).toBeDefined();
    expect(events.filter((event) => !event.startsWith('found'))).toEqual([]);
    expect(Object.fromEntries(live.dropped)).toEqual({ rate: 9_445, full: 300 });
  });

  test('finds no place while 256 rooms are live, but a stored room does', () => {
    const strangers = fillWithStrangers(256);
    const ada = new Host('ada');
    expect(drop(ada.beacon(), '192.0.2.1')).toBe('full');
    live.setStored(new Set([toHex(roomId(ada.facts.room))]));
    expect(drop(ada.beacon(), '192.0.2.1')).toBeUndefined();
    expect(live.list()).toHaveLength(256);
    expect(room(strangers[0]!)).toBeDefined();
    expect(room(strangers[255]!)).toBeUndefined();
  });

  test('writes one line a minute', () => {
    for (let n = 0; n < 600; n += 1) {
      discovery.hear(utf8('<xml/>'));
      clock.advance(200);
    }
    expect(logger.lines.map(({ level }) => level)).toEqual(['debug', 'debug']);
    expect(live.dropped.get('foreign')).toBe(600);
  });
});

describe('LiveRooms', () => {
  test('starts once, stops once, and can start again', async () => {
    await live.start();
    expect(discovery.searches).toBe(1);
    discovery.hear(new Host('ada').beacon());
    await Promise.all([live.stop(), live.stop()]);
    expect(discovery.searches).toBe(0);
    expect(live.list()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    discovery.hear(new Host('bob').beacon());
    expect(live.list()).toEqual([]);
    await live.start();
    discovery.hear(new Host('cy').beacon());
    expect(live.list()).toHaveLength(1);
  });

  test('asks when told to', async () => {
    expect(discovery.queries).toHaveLength(1);
    await live.refresh();
    expect(discovery.queries).toHaveLength(2);
    await live.stop();
    await live.refresh();
    expect(discovery.queries).toHaveLength(2);
  });

  test('outlives a listener that throws', () => {
    live = new LiveRooms({ discovery, logger, clock });
    live.on('found', () => {
      throw new Error('from a listener');
    });
    const heard: string[] = [];
    live.on('found', ({ ownerName }) => heard.push(ownerName));
    return live.start().then(() => {
      discovery.hear(new Host('ada').beacon());
      discovery.hear(new Host('bob').beacon());
      expect(heard).toEqual(['ada', 'bob']);
      expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'error']);
    });
  });

  test('rejects with the reason of an abort, and with the discovery’s failure; then starts', async () => {
    const reason = new Error('enough');
    const fresh = new LiveRooms({ discovery, logger, clock });
    await expect(fresh.start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const failure = new Error('no network');
    let fails = true;
    const flaky = new LiveRooms({
      discovery: {
        announce: () => discovery.announce(),
        discover: async (onBeacon) => {
          if (fails) throw failure;
          return discovery.discover(onBeacon);
        },
      },
      logger,
      clock,
    });
    await expect(flaky.start()).rejects.toBe(failure);
    await flaky.stop();
    fails = false;
    await flaky.start();
    discovery.hear(new Host('ada').beacon());
    expect(flaky.list()).toHaveLength(1);
  });
});
