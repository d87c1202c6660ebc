import type { Browsing, Discovery, Sighting } from '../contracts/discovery.js';
import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import type { TransportAddress } from '../contracts/transport.js';
import { looksLikeBeacon, parseBeacon, type ParsedBeacon } from '../secure/beacon.js';
import { toHex } from '../secure/bytes.js';
import type { RoomParameters } from '../secure/room-parameters.js';
import { systemClock, type Clock } from '../util/clock.js';
import { displayName } from '../util/display-name.js';
import { Emitter, type Unsubscribe } from '../util/emitter.js';
import { AddressRateLimit } from '../util/rate-limit.js';

/** A room that was not heard for so long is lost, ms: three beats of 2 s and a little. */
export const LOST_AFTER_MS = 7_000;
/** How many live rooms are kept. */
export const MAX_LIVE_ROOMS = 256;
/** Datagrams a second from one address, and from all together. */
export const BEACON_RATE = { perAddress: 10, total: 200 };
/**
 * Of the total, how many may come from addresses where no live room is known: a flood of strangers
 * cannot silence the rooms that are there.
 */
const STRANGERS_PER_SECOND = 100;
/** How long an ended room's last sequence number is remembered against replays, ms. */
const REMEMBER_ENDED_MS = 60_000;
/** How many addresses are kept for one room: a machine with several interfaces has several. */
const MAX_ADDRESSES = 4;
const LOG_INTERVAL_MS = 60_000;

/** A room whose host is announcing it. */
export interface LiveRoom {
  /** The room id, 32 hexadecimal digits. */
  readonly id: string;
  readonly room: RoomParameters;
  /** Fit to be shown. */
  readonly name: string;
  /** Fit to be shown; what the host calls itself. */
  readonly hostName: string;
  /** Where it takes guests; the likeliest first. */
  readonly addresses: readonly TransportAddress[];
  /** When announcing began: milliseconds since 1970 by the host's clock. */
  readonly epoch: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly capabilities: number;
}

/** Why a datagram was dropped. */
export type DropReason = 'foreign' | 'rate' | 'malformed' | 'repeated' | 'full' | 'unsigned';

/** What `LiveRooms` tells. */
export interface LiveRoomEvents {
  found: LiveRoom;
  /** Its address, port, name or capabilities are others, or its host began anew. */
  changed: LiveRoom;
  /** It said farewell, or was not heard for 7 s. */
  lost: LiveRoom;
}

/** What `LiveRooms` works with. */
export interface LiveRoomsOptions {
  readonly discovery: Discovery;
  readonly logger: Logger;
  /** Whether a room, by its id in hexadecimal, is stored here: such a room always finds a place. */
  readonly isStored?: (id: string) => boolean;
  readonly clock?: Clock;
}

interface Entry {
  live: LiveRoom;
  beacon: ParsedBeacon;
  bytes: Uint8Array;
  heardAt: number;
  /** Host to the time it was last heard from, in the order in which they are to be tried. */
  hosts: { readonly host: string; heardAt: number }[];
}

/**
 * The rooms that are being announced nearby: verifies, orders and ages the beacons that a
 * `Discovery` hands over. Checks come cheapest first, since anybody can send anything: length,
 * magic, rate, room id, sequence, place in the table, signature.
 *
 * At most 256 rooms are kept. Where more are announced, those that are there stay and newcomers are
 * refused: whoever makes up rooms has as many as he wants, so giving newcomers a place would let
 * him push out the rooms of people who were there before. Stored rooms are known to be wanted; for
 * them the newest stranger goes.
 */
export class LiveRooms {
  readonly #discovery: Discovery;
  readonly #logger: Logger;
  readonly #isStored: (id: string) => boolean;
  readonly #clock: Clock;
  readonly #emitter: Emitter<LiveRoomEvents>;
  readonly #rate: AddressRateLimit;
  /** In the order in which they were found. */
  readonly #rooms = new Map<string, Entry>();
  readonly #ended = new Map<string, { epoch: number; sequence: number; at: number }>();
  readonly #dropped = new Map<DropReason, number>();
  #loggedAt = -Infinity;
  #browsing: Promise<Browsing> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: LiveRoomsOptions) {
    this.#discovery = options.discovery;
    this.#logger = options.logger;
    this.#isStored = options.isStored ?? (() => false);
    this.#clock = options.clock ?? systemClock;
    this.#rate = new AddressRateLimit(BEACON_RATE, () => this.#clock.now());
    this.#emitter = new Emitter((error) =>
      this.#logger.error('A listener for rooms nearby failed', { error }),
    );
  }

  on<K extends keyof LiveRoomEvents>(
    event: K,
    listener: (room: LiveRoomEvents[K]) => void,
  ): Unsubscribe {
    return this.#emitter.on(event, listener);
  }

  /**
   * Starts listening; can be called twice.
   *
   * @throws RoomkeyError `RK_DISCOVERY_FAILED`
   */
  async start(options: OperationOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#browsing === undefined) {
      const browsing = this.#discovery.browse((sighting) => this.#sight(sighting), options);
      this.#browsing = browsing;
      browsing.catch(() => {
        if (this.#browsing === browsing) this.#browsing = undefined;
      });
    }
    await this.#browsing;
  }

  /** Stops listening and forgets the rooms, without telling of each; can be called twice. */
  async stop(): Promise<void> {
    const browsing = this.#browsing;
    this.#browsing = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#rooms.clear();
    this.#ended.clear();
    // Where it could not start there is nothing to stop, and `start` has thrown the reason.
    await (await browsing?.catch(() => undefined))?.stop();
  }

  /** The rooms that are live now, in the order in which they were found. */
  list(): LiveRoom[] {
    return [...this.#rooms.values()].map((entry) => entry.live);
  }

  /** @param id 32 hexadecimal digits */
  get(id: string): LiveRoom | undefined {
    return this.#rooms.get(id)?.live;
  }

  /** Asks every host in reach to announce now. Does nothing before `start`. */
  async refresh(): Promise<void> {
    (await this.#browsing)?.refresh();
  }

  /** How many datagrams were dropped since the beginning, by reason. */
  get dropped(): ReadonlyMap<DropReason, number> {
    return this.#dropped;
  }

  #sight(sighting: Sighting): void {
    // One can still arrive while the discovery stops.
    if (this.#browsing === undefined) return;
    const reason = this.#take(sighting);
    if (reason !== undefined) this.#countDrop(reason);
  }

  /** @returns why it was dropped, if it was */
  #take({ beacon: bytes, host }: Sighting): DropReason | undefined {
    if (!looksLikeBeacon(bytes)) return 'foreign';
    const limit = this.#isHostKnown(host) ? BEACON_RATE.total : STRANGERS_PER_SECOND;
    if (!this.#rate.admit(host, limit)) return 'rate';
    let beacon: ParsedBeacon;
    try {
      beacon = parseBeacon(bytes);
    } catch {
      return 'malformed';
    }

    const id = toHex(beacon.roomId);
    const entry = this.#rooms.get(id);
    if (entry !== undefined && Buffer.from(bytes).equals(entry.bytes)) {
      // The same beacon by another way: a host sends each on every interface.
      this.#heardOn(entry, host, 'last');
      return undefined;
    }
    const last = entry?.beacon ?? this.#lastOfEnded(id);
    if (last !== undefined && !isNewer(beacon, last)) return 'repeated';
    if (entry === undefined && !beacon.farewell && !this.#hasPlace(id)) return 'full';
    if (!beacon.isSignedByHost()) return 'unsigned';

    if (beacon.farewell) this.#end(id, beacon);
    else if (entry === undefined) this.#add(id, beacon, bytes, host);
    else this.#update(entry, beacon, bytes, host);
    this.#scheduleExpiry();
    return undefined;
  }

  #add(id: string, beacon: ParsedBeacon, bytes: Uint8Array, host: string): void {
    if (this.#rooms.size >= MAX_LIVE_ROOMS) this.#evictStranger();
    const heardAt = this.#clock.now();
    const hosts = [{ host, heardAt }];
    const live = describe(beacon, hosts);
    this.#ended.delete(id);
    this.#rooms.set(id, { live, beacon, bytes: Uint8Array.from(bytes), heardAt, hosts });
    this.#emitter.emit('found', live);
  }

  #update(entry: Entry, beacon: ParsedBeacon, bytes: Uint8Array, host: string): void {
    entry.beacon = beacon;
    entry.bytes = Uint8Array.from(bytes);
    entry.heardAt = this.#clock.now();
    // A new address in a new beacon is where the host has moved to: it is tried first. One that
    // only repeats a beacon may be anybody's and is tried last.
    this.#heardOn(entry, host, 'first');
  }

  #heardOn(entry: Entry, host: string, place: 'first' | 'last'): void {
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
    this.#emitter.emit('changed', live);
  }

  #end(id: string, last: ParsedBeacon): void {
    const entry = this.#rooms.get(id);
    this.#rooms.delete(id);
    // Deleted first, so that the map's order is the order of ending.
    this.#ended.delete(id);
    this.#ended.set(id, { epoch: last.epoch, sequence: last.sequence, at: this.#clock.now() });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_LIVE_ROOMS && oldest !== undefined) this.#ended.delete(oldest);
    if (entry !== undefined) this.#emitter.emit('lost', entry.live);
  }

  /**
   * What an ended room's next beacon must follow, so that recorded ones do not bring it back. Kept
   * for a minute only: a host whose clock was set back must be found again.
   */
  #lastOfEnded(id: string): { epoch: number; sequence: number } | undefined {
    const ended = this.#ended.get(id);
    return ended !== undefined && this.#clock.now() - ended.at < REMEMBER_ENDED_MS
      ? ended
      : undefined;
  }

  #hasPlace(id: string): boolean {
    return (
      this.#rooms.size < MAX_LIVE_ROOMS ||
      (this.#isStored(id) && this.#newestStranger() !== undefined)
    );
  }

  #newestStranger(): string | undefined {
    return [...this.#rooms.keys()].reverse().find((id) => !this.#isStored(id));
  }

  #evictStranger(): void {
    const id = this.#newestStranger();
    const entry = id === undefined ? undefined : this.#rooms.get(id);
    if (id !== undefined && entry !== undefined) this.#end(id, entry.beacon);
  }

  #isHostKnown(host: string): boolean {
    for (const entry of this.#rooms.values()) {
      if (entry.hosts.some((candidate) => candidate.host === host)) return true;
    }
    return false;
  }

  /** One timer, for what will be lost first; what is heard later is never due earlier. */
  #scheduleExpiry(): void {
    if (this.#cancelTimer !== undefined) return;
    const heard = [...this.#rooms.values()].flatMap(({ heardAt, hosts }) => [
      heardAt,
      ...hosts.map((candidate) => candidate.heardAt),
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

  #countDrop(reason: DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    const now = this.#clock.now();
    if (now - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = now;
    this.#logger.debug('Datagrams dropped so far, by reason', Object.fromEntries(this.#dropped));
  }
}

function isNewer(
  beacon: Pick<ParsedBeacon, 'epoch' | 'sequence'>,
  last: Pick<ParsedBeacon, 'epoch' | 'sequence'>,
): boolean {
  return (
    beacon.epoch > last.epoch || (beacon.epoch === last.epoch && beacon.sequence > last.sequence)
  );
}

function describe(beacon: ParsedBeacon, hosts: readonly { readonly host: string }[]): LiveRoom {
  const id = toHex(beacon.roomId);
  return {
    id,
    room: beacon.room,
    // A name may hold nothing that can be shown; the room is still there.
    name: displayName(beacon.roomName) || id.slice(0, 8),
    hostName: displayName(beacon.hostName) || toHex(beacon.room.host).slice(0, 8),
    addresses: hosts.map(({ host }) => ({ host, port: beacon.port })),
    epoch: beacon.epoch,
    minVersion: beacon.minVersion,
    maxVersion: beacon.maxVersion,
    capabilities: beacon.capabilities,
  };
}
