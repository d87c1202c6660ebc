import type { TransportAddress } from '../contracts/transport.js';
import type { ParsedBeacon } from '../secure/beacon.js';
import { toHex } from '../secure/bytes.js';
import type { Clock } from '../util/clock.js';
import { displayName } from '../util/display-name.js';
import type { RoomRecord } from './room-record.js';

/** A room that was not heard for so long is lost, ms: three beats of 2 s and a little. */
export const LOST_AFTER_MS = 7_000;
/** How many live rooms are kept. */
export const MAX_LIVE_ROOMS = 256;
/** How long an ended room's last sequence number is remembered against replays, ms. */
const REMEMBER_ENDED_MS = 60_000;
/** How many addresses are kept for one room: a machine with several interfaces has several. */
const MAX_ADDRESSES = 4;

/** A room whose host is announcing it; the names are fit to be shown. */
export interface LiveRoom extends RoomRecord {
  /** Where it takes guests; the likeliest first. */
  readonly addresses: readonly TransportAddress[];
  /** When announcing began: milliseconds since 1970 by the host's clock. */
  readonly epoch: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly capabilities: number;
}

/** A change of the table. */
export type LiveRoomChange = 'found' | 'changed' | 'lost';

/** Why the table refuses a beacon. */
export type TableRefusal = 'repeated' | 'full' | 'unsigned';

interface Entry {
  live: LiveRoom;
  beacon: ParsedBeacon;
  bytes: Uint8Array;
  heardAt: number;
  /** In the order in which they are to be tried. */
  hosts: { readonly host: string; heardAt: number }[];
}

/**
 * The live rooms, by their beacons: orders them, ages them, and keeps their number bounded.
 *
 * At most 256 rooms are kept. Where more are announced, those that are there stay and newcomers are
 * refused: whoever makes up rooms has as many as he wants, so giving newcomers a place would let
 * him push out the rooms of people who were there before. Stored rooms are known to be wanted; for
 * them the newest stranger goes.
 */
export class LiveRoomTable {
  readonly #clock: Clock;
  readonly #tell: (change: LiveRoomChange, room: LiveRoom) => void;
  /** In the order in which they were found. */
  readonly #rooms = new Map<string, Entry>();
  /** In the order in which they ended. */
  readonly #ended = new Map<string, { epoch: number; sequence: number; at: number }>();
  #stored: Pick<ReadonlySet<string>, 'has'> = new Set();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, tell: (change: LiveRoomChange, room: LiveRoom) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  list(): LiveRoom[] {
    return [...this.#rooms.values()].map((entry) => entry.live);
  }

  get(id: string): LiveRoom | undefined {
    return this.#rooms.get(id)?.live;
  }

  /** Whether a live room is known at this address. */
  isHostKnown(host: string): boolean {
    for (const { hosts } of this.#rooms.values()) {
      if (hosts.some((known) => known.host === host)) return true;
    }
    return false;
  }

  setStored(ids: Pick<ReadonlySet<string>, 'has'>): void {
    this.#stored = ids;
  }

  /** Forgets everything, without telling of it. */
  clear(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#rooms.clear();
    this.#ended.clear();
  }

  /**
   * Takes a beacon; its signature is checked last, if all else fits.
   *
   * @param bytes the whole beacon, lent
   * @returns why it was refused, if it was
   */
  take(beacon: ParsedBeacon, bytes: Uint8Array, host: string): TableRefusal | undefined {
    const id = toHex(beacon.roomId);
    const entry = this.#rooms.get(id);
    if (entry !== undefined && Buffer.from(bytes).equals(entry.bytes)) {
      // The same beacon by another way: a host sends each on every interface.
      this.#hear(entry, host, 'last');
      return undefined;
    }
    const last = entry?.beacon ?? this.#lastOfEnded(id);
    if (last !== undefined && !isNewer(beacon, last)) return 'repeated';
    if (entry === undefined && !beacon.farewell && !this.#hasPlace(id)) return 'full';
    if (!beacon.isSignedByHost()) return 'unsigned';

    if (beacon.farewell) this.#end(id, beacon);
    else if (entry === undefined) this.#add(id, beacon, bytes, host);
    else {
      entry.beacon = beacon;
      entry.bytes = Uint8Array.from(bytes);
      entry.heardAt = this.#clock.now();
      this.#hear(entry, host, 'first');
    }
    this.#scheduleExpiry();
    return undefined;
  }

  #add(id: string, beacon: ParsedBeacon, bytes: Uint8Array, host: string): void {
    const stranger = this.#rooms.size < MAX_LIVE_ROOMS ? undefined : this.#newestStranger();
    if (stranger !== undefined) this.#end(...stranger);
    const heardAt = this.#clock.now();
    const hosts = [{ host, heardAt }];
    const live = describe(beacon, hosts);
    this.#ended.delete(id);
    this.#rooms.set(id, { live, beacon, bytes: Uint8Array.from(bytes), heardAt, hosts });
    this.#tell('found', live);
  }

  /**
   * Notes an address. A new one in a new beacon is where the host has moved to: it is tried first.
   * One that only repeats a beacon may be anybody's and is tried last.
   */
  #hear(entry: Entry, host: string, place: 'first' | 'last'): void {
    const heardAt = this.#clock.now();
    const known = entry.hosts.find((candidate) => candidate.host === host);
    if (known !== undefined) known.heardAt = heardAt;
    else if (place === 'first') {
      entry.hosts = [{ host, heardAt }, ...entry.hosts].slice(0, MAX_ADDRESSES);
    } else if (entry.hosts.length < MAX_ADDRESSES) entry.hosts.push({ host, heardAt });
    this.#tellOfChange(entry);
  }

  #tellOfChange(entry: Entry): void {
    const live = describe(entry.beacon, entry.hosts);
    if (JSON.stringify(live) === JSON.stringify(entry.live)) return;
    entry.live = live;
    this.#tell('changed', live);
  }

  #end(id: string, { epoch, sequence }: ParsedBeacon): void {
    const entry = this.#rooms.get(id);
    this.#rooms.delete(id);
    // Deleted first, so that the map keeps its order.
    this.#ended.delete(id);
    this.#ended.set(id, { epoch, sequence, at: this.#clock.now() });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_LIVE_ROOMS && oldest !== undefined) this.#ended.delete(oldest);
    if (entry !== undefined) this.#tell('lost', entry.live);
  }

  /**
   * What an ended room's next beacon must follow, so that recorded ones do not bring it back. Kept
   * for a minute only: a host whose clock was set back must be found again.
   */
  #lastOfEnded(id: string): { epoch: number; sequence: number } | undefined {
    const ended = this.#ended.get(id);
    if (ended === undefined || this.#clock.now() - ended.at >= REMEMBER_ENDED_MS) return undefined;
    return ended;
  }

  #hasPlace(id: string): boolean {
    if (this.#rooms.size < MAX_LIVE_ROOMS) return true;
    return this.#stored.has(id) && this.#newestStranger() !== undefined;
  }

  #newestStranger(): [id: string, beacon: ParsedBeacon] | undefined {
    const newest = [...this.#rooms].reverse().find(([id]) => !this.#stored.has(id));
    return newest && [newest[0], newest[1].beacon];
  }

  /** One timer, for what will be lost first; what is heard later is never due earlier. */
  #scheduleExpiry(): void {
    if (this.#cancelTimer !== undefined) return;
    const heard = [...this.#rooms.values()].flatMap(({ heardAt, hosts }) => [
      heardAt,
      ...hosts.map((known) => known.heardAt),
    ]);
    if (heard.length === 0) return;
    const due = Math.min(...heard) + LOST_AFTER_MS - this.#clock.now();
    this.#cancelTimer = this.#clock.after(due, () => this.#expire());
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    for (const [id, entry] of this.#rooms) {
      if (now - entry.heardAt >= LOST_AFTER_MS) {
        this.#end(id, entry.beacon);
        continue;
      }
      entry.hosts = entry.hosts.filter(({ heardAt }) => now - heardAt < LOST_AFTER_MS);
      this.#tellOfChange(entry);
    }
    this.#scheduleExpiry();
  }
}

function isNewer(
  beacon: { readonly epoch: number; readonly sequence: number },
  last: { readonly epoch: number; readonly sequence: number },
): boolean {
  return (
    beacon.epoch > last.epoch || (beacon.epoch === last.epoch && beacon.sequence > last.sequence)
  );
}

function describe(beacon: ParsedBeacon, hosts: readonly { readonly host: string }[]): LiveRoom {
  const { room, port, epoch, minVersion, maxVersion, capabilities } = beacon;
  const id = toHex(beacon.roomId);
  return {
    id,
    parameters: room,
    // A name may hold nothing that can be shown; the room is still there.
    name: displayName(beacon.roomName) || id.slice(0, 8),
    ownerName: displayName(beacon.hostName) || toHex(room.host).slice(0, 8),
    addresses: hosts.map(({ host }) => ({ host, port })),
    epoch,
    minVersion,
    maxVersion,
    capabilities,
  };
}
