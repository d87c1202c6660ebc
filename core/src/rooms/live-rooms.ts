import { Inject } from '../container/index.js';
import { Discovery, type Browsing, type Sighting } from '../contracts/discovery.js';
import { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import { token } from '../contracts/token.js';
import { looksLikeBeacon, parseBeacon, type ParsedBeacon } from '../secure/beacon.js';
import { systemClock, type Clock } from '../util/clock.js';
import { Emitter, type Unsubscribe } from '../util/emitter.js';
import { AddressRateLimit } from '../util/rate-limit.js';
import {
  LiveRoomTable,
  type LiveRoom,
  type LiveRoomChange,
  type TableRefusal,
} from './live-room-table.js';

/** Datagrams a second from one address, and from all together. */
export const BEACON_RATE = { perAddress: 10, total: 200 };
/**
 * Of the total, how many may come from addresses where no live room is known: a flood of strangers
 * cannot silence the rooms that are there.
 */
const STRANGERS_PER_SECOND = 100;
const LOG_INTERVAL_MS = 60_000;

/** Why a datagram was dropped. */
export type DropReason = 'foreign' | 'rate' | 'malformed' | TableRefusal;

/**
 * What `LiveRooms` tells: `changed` when a room's addresses, port, names or capabilities are others
 * or its host began anew; `lost` when it said farewell or was not heard for 7 s.
 */
export type LiveRoomEvents = Record<LiveRoomChange, LiveRoom>;

/** What `LiveRooms` works with. */
export interface LiveRoomsOptions {
  readonly discovery: Discovery;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * The rooms that are being announced nearby. Verifies what a `Discovery` hands over, cheapest check
 * first since anybody can send anything: length, magic, rate, room id, sequence, place in the table,
 * signature.
 */
export class LiveRooms {
  readonly #discovery: Discovery;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #emitter: Emitter<LiveRoomEvents>;
  readonly #rate: AddressRateLimit;
  readonly #table: LiveRoomTable;
  readonly #dropped = new Map<DropReason, number>();
  #loggedAt = -Infinity;
  #browsing: Promise<Browsing> | undefined;

  constructor(
    @Inject({ discovery: Discovery, logger: Logger })
    { discovery, logger, clock = systemClock }: LiveRoomsOptions,
  ) {
    this.#discovery = discovery;
    this.#logger = logger;
    this.#now = () => clock.now();
    this.#rate = new AddressRateLimit(BEACON_RATE, this.#now);
    this.#emitter = new Emitter((error) =>
      logger.error('A listener for rooms nearby failed', { error }),
    );
    this.#table = new LiveRoomTable(clock, (change, room) => this.#emitter.emit(change, room));
  }

  on(event: LiveRoomChange, listener: (room: LiveRoom) => void): Unsubscribe {
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
    this.#table.clear();
    // Where it could not start there is nothing to stop, and `start` has thrown the reason.
    await (await browsing?.catch(() => undefined))?.stop();
  }

  /** The rooms that are live now, in the order in which they were found. */
  list(): LiveRoom[] {
    return this.#table.list();
  }

  /** @param id 32 hexadecimal digits */
  get(id: string): LiveRoom | undefined {
    return this.#table.get(id);
  }

  /** Says which rooms are stored, by id: those always find a place among the live ones. */
  setStored(ids: Pick<ReadonlySet<string>, 'has'>): void {
    this.#table.setStored(ids);
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
    const limit = this.#table.isHostKnown(host) ? BEACON_RATE.total : STRANGERS_PER_SECOND;
    if (!this.#rate.admit(host, limit)) return 'rate';
    let beacon: ParsedBeacon;
    try {
      beacon = parseBeacon(bytes);
    } catch {
      return 'malformed';
    }
    return this.#table.take(beacon, bytes, host);
  }

  /** Counts, with one line a minute at most: a flood must not fill the log too. */
  #countDrop(reason: DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
    if (this.#now() - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = this.#now();
    this.#logger.debug('Datagrams dropped so far, by reason', Object.fromEntries(this.#dropped));
  }
}

export const LiveRoomsToken = token<LiveRooms>('live-rooms');
