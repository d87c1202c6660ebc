import type { Discovery, Logger, BeaconEvent } from '@roomkey/core';
import type { LiveRoom } from '../../src/rooms/live-room-table.js';
import type { DropReason, LiveRooms } from '../../src/rooms/live-rooms.js';
import type { Clock } from '../../src/util/clock.js';
import { encodeBeacon, type Beacon } from '../../src/secure/beacon.js';
import { identityFromSeed, type Identity } from '../../src/secure/identity.js';
import { createRoomParameters, roomId } from '../../src/secure/room-parameters.js';
import { sha256 } from '../../src/secure/kdf.js';
import { toHex, utf8 } from '../../src/secure/bytes.js';

/** A clock whose hands are turned by hand. */
export class ManualClock implements Clock {
  readonly #start = Date.now();
  #now = 0;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  wallTime(): number {
    return this.#start + this.#now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  /** Turns on, stopping at every timer on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }
}

/** A discovery that hears what the test says. */
export class ScriptedDiscovery implements Discovery {
  /** The challenges of the queries that were sent. */
  readonly queries: Uint8Array[] = [];
  searches = 0;
  #onBeacon: ((event: BeaconEvent) => void) | undefined;

  announce(): never {
    throw new Error('not used');
  }

  async discover(onBeacon: (event: BeaconEvent) => void) {
    this.#onBeacon = onBeacon;
    this.searches += 1;
    return {
      query: (challenge: Uint8Array) => void this.queries.push(Uint8Array.from(challenge)),
      stop: async () => void (this.searches -= 1),
    };
  }

  hear(beacon: Uint8Array, host = '192.0.2.7'): void {
    const lent = Uint8Array.from(beacon);
    this.#onBeacon?.({ beacon: lent, host });
    // Lent for the call.
    lent.fill(0);
  }
}

/** Keeps what is logged. */
export class MemoryLogger implements Logger {
  readonly lines: { level: string; message: string; fields: unknown }[] = [];
  readonly debug = this.#keep('debug');
  readonly info = this.#keep('info');
  readonly warn = this.#keep('warn');
  readonly error = this.#keep('error');

  #keep(level: string) {
    return (message: string, fields?: unknown) => void this.lines.push({ level, message, fields });
  }
}

/** The identity of a person of this name, the same each time. */
export function identityOf(name: string): Identity {
  return identityFromSeed(sha256(utf8(name)));
}

/** A host with a room, and its beacons. */
export class Host {
  readonly identity: Identity;
  readonly facts: Beacon;

  constructor(name: string, facts: Partial<Beacon> = {}) {
    this.identity = identityOf(name);
    this.facts = {
      room: createRoomParameters(this.identity.publicKey, 0),
      epoch: 1_790_000_000_000,
      sequence: 0,
      farewell: false,
      full: false,
      port: 50_000,
      minVersion: 1,
      maxVersion: 1,
      roomName: `${name}'s room`,
      hostName: name,
      ...facts,
    };
  }

  beacon(changes: Partial<Beacon> = {}): Uint8Array {
    return encodeBeacon({ ...this.facts, ...changes }, this.identity);
  }
}

/** Has a beacon heard, and tells why it was dropped, if it was. */
export function hear(
  live: LiveRooms,
  discovery: ScriptedDiscovery,
  beacon: Uint8Array,
  host?: string,
): DropReason | undefined {
  const before = new Map(live.dropped);
  discovery.hear(beacon, host);
  return [...live.dropped].find(([reason, count]) => count !== (before.get(reason) ?? 0))?.[0];
}

/** The live room of this host, where it is found. */
export function roomOf(live: LiveRooms, host: Host): LiveRoom | undefined {
  return live.get(toHex(roomId(host.facts.room)));
}
