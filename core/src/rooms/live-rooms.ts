import { randomBytes } from 'node:crypto';
import { Inject } from '../container/index.js';
import { Discovery, type DiscoverySearch, type BeaconEvent } from '../contracts/discovery.js';
import { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import { token } from '../contracts/token.js';
import {
  CHALLENGE_BYTES,
  looksLikeBeacon,
  parseBeacon,
  type ParsedBeacon,
} from '../secure/beacon.js';
import { toHex } from '../secure/bytes.js';
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
 * Of the total, how many may come from addresses without a known live room, so that a flood cannot
 * silence known rooms.
 */
const UNKNOWN_HOSTS_PER_SECOND = 100;
const LOG_INTERVAL_MS = 60_000;

/** How long an answer to a query is accepted, ms: hosts answer within 50 ms. */
const ANSWER_TIMEOUT_MS = 2_000;
/** Minimum pause between two automatic queries, ms. */
const QUERY_PAUSE_MS = 2_000;
/** Maximum random delay of such a query, ms, so that not all receivers of a beacon ask at once. */
const QUERY_JITTER_MS = 200;
/** Queries with that pause for a source that does not answer, before the slow pause applies. */
const QUICK_QUERIES = 4;
/** The slow pause, ms. */
const SLOW_QUERY_PAUSE_MS = 30_000;

/** Why a datagram was dropped; `unasked`: it answers a query of another machine, or an old one. */
export type DropReason = 'foreign' | 'rate' | 'malformed' | 'unasked' | TableRefusal;

/**
 * What `LiveRooms` tells: `changed` when a room's addresses, port, names or versions change,
 * its host opened it again, or it answered a query; `lost` when it said farewell or was not heard for 7 s.
 */
export type LiveRoomEvents = Record<LiveRoomChange, LiveRoom>;

/** What `LiveRooms` works with. */
export interface LiveRoomsOptions {
  readonly discovery: Discovery;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * The rooms that are announced on the network. Verifies what a `Discovery` receives, cheapest check
 * first since anyone can send anything: length, magic, rate, room id, challenge, sequence, place in
 * the table, signature.
 *
 * A broadcast beacon can be a replay, so its room gets a query with a fresh challenge, which the answer
 * repeats under the host's signature.
 */
export class LiveRooms {
  readonly #discovery: Discovery;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #emitter: Emitter<LiveRoomEvents>;
  readonly #rate: AddressRateLimit;
  readonly #table: LiveRoomTable;
  readonly #dropped = new Map<DropReason, number>();
  /** Queries that may still be answered, by their challenge in hexadecimal. */
  readonly #queries = new Map<string, { readonly number: number; readonly at: number }>();
  #queryCount = 0;
  #queriedAt = -Infinity;
  #cancelQuery: (() => void) | undefined;
  #loggedAt = -Infinity;
  #search: Promise<DiscoverySearch> | undefined;

  constructor(
    @Inject({ discovery: Discovery, logger: Logger })
    { discovery, logger, clock = systemClock }: LiveRoomsOptions,
  ) {
    this.#discovery = discovery;
    this.#logger = logger;
    this.#clock = clock;
    this.#now = () => clock.now();
    this.#rate = new AddressRateLimit(BEACON_RATE, this.#now);
    this.#emitter = new Emitter((error) =>
      logger.error('A listener for rooms nearby failed', { error }),
    );
    this.#table = new LiveRoomTable(clock, {
      onChange: (change, room) => {
        if (change === 'lost' && this.#table.unconfirmed().length === 0) this.#dropQuery();
        this.#emitter.emit(change, room);
      },
      onUnconfirmed: () => this.#querySoon(),
    });
  }

  on(event: LiveRoomChange, listener: (room: LiveRoom) => void): Unsubscribe {
    return this.#emitter.on(event, listener);
  }

  /**
   * Starts listening, and sends a query; can be called twice.
   *
   * @throws RoomkeyError `RK_DISCOVERY_FAILED`
   */
  async start(options: OperationOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#search === undefined) {
      const search = this.#discovery.discover((event) => this.#onBeacon(event), options);
      this.#search = search;
      search.then(
        () => void this.refresh(),
        () => {
          if (this.#search === search) this.#search = undefined;
        },
      );
    }
    await this.#search;
  }

  /** Stops listening and forgets the rooms without events; can be called twice. */
  async stop(): Promise<void> {
    const search = this.#search;
    this.#search = undefined;
    this.#dropQuery();
    this.#queries.clear();
    this.#table.clear();
    // If it could not start, there is nothing to stop, and `start` has thrown the reason.
    await (await search?.catch(() => undefined))?.stop();
  }

  /** The rooms that are live now, in the order in which they were found. */
  list(): LiveRoom[] {
    return this.#table.list();
  }

  /** @param id 32 hexadecimal digits */
  get(id: string): LiveRoom | undefined {
    return this.#table.get(id);
  }

  /** Sets which rooms are stored, by id: the full table still accepts these. */
  setStored(ids: Pick<ReadonlySet<string>, 'has'>): void {
    this.#table.setStored(ids);
  }

  /** Asks every host in reach to answer. Does nothing before `start`. */
  async refresh(): Promise<void> {
    const asked = this.#search;
    const search = await asked;
    // It may have been stopped meanwhile.
    if (search !== undefined && this.#search === asked) this.#query(search);
  }

  /** How many datagrams were dropped since the beginning, by reason. */
  get dropped(): ReadonlyMap<DropReason, number> {
    return this.#dropped;
  }

  #query(search: DiscoverySearch): void {
    const challenge = randomBytes(CHALLENGE_BYTES);
    const at = this.#now();
    for (const [text, query] of this.#queries) {
      if (at - query.at > ANSWER_TIMEOUT_MS) this.#queries.delete(text);
    }
    this.#queryCount += 1;
    this.#queries.set(toHex(challenge), { number: this.#queryCount, at });
    this.#queriedAt = at;
    search.query(challenge);
  }

  /**
   * Queries unconfirmed sources until they answer: at most one query every 2 s, and every 30 s after
   * four without an answer.
   */
  #querySoon(): void {
    if (this.#cancelQuery !== undefined || this.#search === undefined) return;
    const waiting = this.#table.unconfirmed();
    const isNew = waiting.length === 0 || waiting.some(({ asked }) => asked < QUICK_QUERIES);
    const pause = isNew ? QUERY_PAUSE_MS : SLOW_QUERY_PAUSE_MS;
    const due = Math.max(this.#queriedAt + pause - this.#now(), 0);
    const wait = due + Math.random() * QUERY_JITTER_MS;
    this.#cancelQuery = this.#clock.after(wait, () => {
      this.#cancelQuery = undefined;
      for (const source of this.#table.unconfirmed()) source.asked += 1;
      void this.refresh();
    });
  }

  #dropQuery(): void {
    this.#cancelQuery?.();
    this.#cancelQuery = undefined;
  }

  #onBeacon(event: BeaconEvent): void {
    // A beacon can still arrive while the discovery stops.
    if (this.#search === undefined) return;
    const reason = this.#accept(event);
    if (reason !== undefined) this.#countDrop(reason);
  }

  /** @returns why it was dropped, if it was */
  #accept({ beacon: bytes, host }: BeaconEvent): DropReason | undefined {
    if (!looksLikeBeacon(bytes)) return 'foreign';
    const limit = this.#table.isHostKnown(host) ? BEACON_RATE.total : UNKNOWN_HOSTS_PER_SECOND;
    if (!this.#rate.admit(host, limit)) return 'rate';
    let beacon: ParsedBeacon;
    try {
      beacon = parseBeacon(bytes);
    } catch {
      return 'malformed';
    }
    const answered = this.#answeredBy(beacon);
    if (answered === undefined) return 'unasked';
    return this.#table.accept(beacon, bytes, host, answered);
  }

  /** The number of our query that a beacon answers; 0 for a broadcast. */
  #answeredBy({ challenge }: ParsedBeacon): number | undefined {
    if (challenge === undefined) return 0;
    const query = this.#queries.get(toHex(challenge));
    if (query === undefined || this.#now() - query.at > ANSWER_TIMEOUT_MS) return undefined;
    return query.number;
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
