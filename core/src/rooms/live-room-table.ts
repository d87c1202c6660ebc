import type { TransportAddress } from '../contracts/transport.js';
import type { ParsedBeacon } from '../secure/beacon.js';
import { toHex } from '../secure/bytes.js';
import type { Clock } from '../util/clock.js';
import { displayName } from '../util/display-name.js';
import { EndedRooms } from './ended-rooms.js';
import type { RoomRecord } from './room-record.js';
import { RoomSource } from './room-source.js';

/** A room without a beacon for this long is lost, ms: three intervals of 2 s and a margin. */
export const LOST_AFTER_MS = 7_000;
/** How many live rooms are kept. */
export const MAX_LIVE_ROOMS = 256;
/** Places in which one room can be open; more are replays or abuse. */
const MAX_SOURCES = 4;

/** A room whose host is announcing it; the names are fit to be shown. */
export interface LiveRoom extends RoomRecord {
  /** Where it accepts guests, the likeliest first: those that answered a query. */
  readonly addresses: readonly TransportAddress[];
  /** Whether its host answered our query; if not, the beacon may be a replay. */
  readonly confirmed: boolean;
  /** Whether a guest is in it, so that it accepts no other. */
  readonly full: boolean;
  /** When announcing began: milliseconds since 1970 by the host's clock. */
  readonly epoch: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/** A change of the table. */
export type LiveRoomChange = 'found' | 'changed' | 'lost';

/** Why the table refuses a beacon. */
export type TableRefusal = 'repeated' | 'full' | 'unsigned';

/** Callbacks of the table. */
export interface LiveRoomTableHandlers {
  onChange(change: LiveRoomChange, room: LiveRoom): void;
  /** A beacon arrived that only an answer to a query can confirm. */
  onUnconfirmed(): void;
}

interface Entry {
  live: LiveRoom;
  /** Those that are confirmed first, then the newest; never empty. */
  sources: RoomSource[];
}

/**
 * The live rooms, by their beacons: orders them, ages them, and keeps their number bounded.
 *
 * Keeps at most 256 rooms. A full table refuses new rooms: an attacker can invent any number, so
 * eviction would let it push out rooms that were there before. A stored room is known to be wanted
 * and evicts the newest room that is not stored.
 */
export class LiveRoomTable {
  readonly #clock: Clock;
  readonly #handlers: LiveRoomTableHandlers;
  /** In the order in which they were found. */
  readonly #rooms = new Map<string, Entry>();
  readonly #ended: EndedRooms;
  #stored: Pick<ReadonlySet<string>, 'has'> = new Set();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, handlers: LiveRoomTableHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
    this.#ended = new EndedRooms(MAX_LIVE_ROOMS, () => clock.now());
  }

  list(): LiveRoom[] {
    return [...this.#rooms.values()].map((entry) => entry.live);
  }

  get(id: string): LiveRoom | undefined {
    return this.#rooms.get(id)?.live;
  }

  /** The sources that have not answered a query. */
  unconfirmed(): RoomSource[] {
    return [...this.#rooms.values()].flatMap(({ sources }) =>
      sources.filter((source) => !source.isConfirmed),
    );
  }

  /** Whether a live room is known at this address. */
  isHostKnown(host: string): boolean {
    for (const { sources } of this.#rooms.values()) {
      for (const { addresses } of sources) {
        if (addresses.some((known) => known.host === host)) return true;
      }
    }
    return false;
  }

  setStored(ids: Pick<ReadonlySet<string>, 'has'>): void {
    this.#stored = ids;
  }

  /** Removes all rooms without calling `onChange`. */
  clear(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#rooms.clear();
    this.#ended.clear();
  }

  /**
   * Processes a beacon; checks its signature last, if all else is valid.
   *
   * @param bytes the whole beacon, lent
   * @param answered the number of our query that this answers; 0 for a broadcast
   * @returns why it was refused, if it was
   */
  accept(
    beacon: ParsedBeacon,
    bytes: Uint8Array,
    host: string,
    answered: number,
  ): TableRefusal | undefined {
    const id = toHex(beacon.roomId);
    const entry = this.#rooms.get(id);
    const source = entry?.sources.find((one) => one.beacon.epoch === beacon.epoch);
    if (entry && source && answered === 0 && Buffer.from(bytes).equals(source.bytes)) {
      // The same beacon on another path: a host sends each on every interface.
      source.markHeard(host, this.#clock.now(), 'last', 0);
      this.#reorder(entry);
      return undefined;
    }
    if (this.#isOld(id, beacon, source, answered)) return 'repeated';
    if (source === undefined && !beacon.farewell && !this.#hasPlace(id, beacon, answered)) {
      return 'full';
    }
    if (!beacon.isSignedByHost()) return 'unsigned';

    if (beacon.farewell) this.#endSource(id, beacon);
    else this.#update(id, source, { beacon, bytes, host, answered });
    this.#scheduleExpiry();
    return undefined;
  }

  /** A broadcast must be newer than all before; an answer is fresh. */
  #isOld(
    id: string,
    beacon: ParsedBeacon,
    source: RoomSource | undefined,
    answered: number,
  ): boolean {
    const { epoch, sequence } = beacon;
    if (source !== undefined) {
      const last = source.beacon.sequence;
      return answered > 0 ? sequence < last : sequence <= last;
    }
    if (this.#ended.isOld(id, beacon, answered > 0)) return true;
    if (answered > 0 || beacon.farewell) return false;
    const isBehind = this.#rooms.get(id)?.sources.some((one) => one.beacon.epoch > epoch) ?? false;
    // A replay, or a second place where the owner opened the room earlier, which will answer.
    if (isBehind) this.#handlers.onUnconfirmed();
    return isBehind;
  }

  #update(
    id: string,
    known: RoomSource | undefined,
    said: {
      readonly beacon: ParsedBeacon;
      readonly bytes: Uint8Array;
      readonly host: string;
      readonly answered: number;
    },
  ): void {
    const { beacon, bytes, host, answered } = said;
    const now = this.#clock.now();
    const source = known ?? new RoomSource(beacon, bytes, now);
    if (beacon.sequence > source.beacon.sequence) source.replace(beacon, bytes, now);
    source.heardAt = now;
    source.markHeard(host, now, 'first', answered);
    const entry = this.#rooms.get(id);
    if (entry !== undefined) {
      if (known === undefined) {
        entry.sources = [...entry.sources.slice(0, MAX_SOURCES - 1), source];
      }
      this.#reorder(entry);
    } else this.#add(id, source);
    // Addresses that did not answer yet need a query.
    if (source.addresses.some((address) => address.answered === 0)) this.#handlers.onUnconfirmed();
  }

  #add(id: string, source: RoomSource): void {
    const stranger = this.#rooms.size < MAX_LIVE_ROOMS ? undefined : this.#evictionCandidate();
    if (stranger !== undefined) this.#end(stranger);
    const live = describe([source]);
    this.#rooms.set(id, { live, sources: [source] });
    this.#handlers.onChange('found', live);
  }

  /** Orders the sources, and emits the change. */
  #reorder(entry: Entry): void {
    entry.sources.sort(
      (a, b) => Number(b.isConfirmed) - Number(a.isConfirmed) || b.beacon.epoch - a.beacon.epoch,
    );
    const live = describe(entry.sources);
    if (JSON.stringify(live) === JSON.stringify(entry.live)) return;
    entry.live = live;
    this.#handlers.onChange('changed', live);
  }

  /** A farewell ends one place; the room stays while it is open in another. */
  #endSource(id: string, beacon: ParsedBeacon): void {
    this.#ended.add(id, beacon);
    const entry = this.#rooms.get(id);
    if (entry === undefined) return;
    const sources = entry.sources.filter((source) => source.beacon.epoch !== beacon.epoch);
    if (sources.length === 0) {
      this.#end(id);
      return;
    }
    entry.sources = sources;
    this.#reorder(entry);
  }

  #end(id: string): void {
    const entry = this.#rooms.get(id);
    if (entry === undefined) return;
    this.#rooms.delete(id);
    for (const { beacon } of entry.sources) this.#ended.add(id, beacon);
    this.#handlers.onChange('lost', entry.live);
  }

  #hasPlace(id: string, { epoch }: ParsedBeacon, answered: number): boolean {
    const entry = this.#rooms.get(id);
    if (entry !== undefined) {
      const last = entry.sources.at(-1);
      if (entry.sources.length < MAX_SOURCES || last === undefined) return true;
      return answered > 0 || (!last.isConfirmed && last.beacon.epoch < epoch);
    }
    if (this.#rooms.size < MAX_LIVE_ROOMS) return true;
    return this.#stored.has(id) && this.#evictionCandidate() !== undefined;
  }

  #evictionCandidate(): string | undefined {
    return [...this.#rooms.keys()].reverse().find((id) => !this.#stored.has(id));
  }

  /** One timer, for the entry that expires first; later beacons never expire earlier. */
  #scheduleExpiry(): void {
    if (this.#cancelTimer !== undefined) return;
    const heard = [...this.#rooms.values()].flatMap(({ sources }) =>
      sources.flatMap(({ heardAt, addresses }) => [
        heardAt,
        ...addresses.map((known) => known.heardAt),
      ]),
    );
    if (heard.length === 0) return;
    const due = Math.min(...heard) + LOST_AFTER_MS - this.#clock.now();
    this.#cancelTimer = this.#clock.after(due, () => this.#expire());
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const before = this.#clock.now() - LOST_AFTER_MS;
    for (const [id, entry] of this.#rooms) {
      const silent = entry.sources.filter(({ heardAt }) => heardAt <= before);
      if (silent.length === entry.sources.length) {
        this.#end(id);
        continue;
      }
      for (const { beacon } of silent) this.#ended.add(id, beacon);
      entry.sources = entry.sources.filter((source) => !silent.includes(source));
      for (const source of entry.sources) source.forgetBefore(before);
      this.#reorder(entry);
    }
    this.#scheduleExpiry();
  }
}

function describe(sources: readonly RoomSource[]): LiveRoom {
  const [best] = sources;
  if (best === undefined) throw new Error('a live room has a source');
  const { room, epoch, minVersion, maxVersion, full, ...beacon } = best.beacon;
  const id = toHex(beacon.roomId);
  const addresses = sources.flatMap((source) =>
    source.addresses.map(({ host, answered }) => ({ host, answered, port: source.beacon.port })),
  );
  return {
    id,
    parameters: room,
    // A name may have no visible character; the room still exists.
    name: displayName(beacon.roomName) || id.slice(0, 8),
    ownerName: displayName(beacon.hostName) || toHex(room.host).slice(0, 8),
    addresses: [
      ...addresses.filter(({ answered }) => answered > 0),
      ...addresses.filter(({ answered }) => answered === 0),
    ].map(({ host, port }) => ({ host, port })),
    confirmed: best.isConfirmed,
    full,
    epoch,
    minVersion,
    maxVersion,
  };
}
