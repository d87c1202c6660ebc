import type { RemoteInfo } from 'node:dgram';
import {
  AddressRateLimit,
  RoomkeyError,
  type Announcement,
  type BeaconSource,
  type DiscoverySearch,
  type Discovery,
  type Logger,
  type OperationOptions,
  type BeaconEvent,
} from '@roomkey/core';
import { UdpAnnouncement } from './udp-announcement.js';
import type { UdpDiscoveryConfig } from './config.js';
import { BroadcastSockets } from './sockets.js';

/**
 * `docs/protocol.md`, Query: these bytes, the challenge, and zeros up to the length of the longest
 * answer, so that queries cannot be used for amplification.
 */
const QUERY_MAGIC = Buffer.from('RKQ1', 'latin1');
const QUERY_BYTES = 512;
const CHALLENGE_BYTES = 16;
const QUERY_PADDING = Buffer.alloc(QUERY_BYTES - QUERY_MAGIC.length - CHALLENGE_BYTES);
/**
 * Answers are delayed randomly by up to this time, ms, so that many hosts do not answer at once.
 */
const ANSWER_WITHIN_MS = 40;
/** Answered queries per second. Source addresses can be forged, and the answers go there. */
const ANSWER_RATE = { perAddress: 5, total: 50 };

type BeaconListener = (event: BeaconEvent) => void;

/** Discovery by UDP broadcast. One instance may run several announcements and searches at once. */
export class UdpDiscovery implements Discovery {
  readonly #config: UdpDiscoveryConfig;
  readonly #logger: Logger;
  readonly #announcements = new Set<UdpAnnouncement>();
  readonly #searches = new Set<{ readonly onBeacon: BeaconListener; stop(): Promise<void> }>();
  readonly #answerRate = new AddressRateLimit(ANSWER_RATE, () => performance.now());
  /** Pending answers by sender and challenge: the same query arrives over several networks. */
  readonly #answers = new Map<string, NodeJS.Timeout>();
  #firstAnswered = 0;
  /** Open while anything is announced or searched. */
  #sockets: Promise<BroadcastSockets> | undefined;
  #users = 0;
  #closed = false;

  constructor(config: UdpDiscoveryConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
  }

  async announce(source: BeaconSource, options: OperationOptions = {}): Promise<Announcement> {
    const sockets = await this.#acquire(options.signal);
    const announcement: UdpAnnouncement = new UdpAnnouncement({
      source,
      intervalMs: this.#config.intervalMs,
      logger: this.#logger,
      broadcast: (bytes) => sockets.broadcast(bytes),
      onStopped: () => {
        this.#announcements.delete(announcement);
        return this.#release();
      },
    });
    try {
      if (!(await announcement.start())) throw this.#cannotSend();
    } catch (error) {
      await this.#release();
      throw error;
    }
    this.#announcements.add(announcement);
    await this.#stopIfLate(announcement, options.signal);
    return announcement;
  }

  async discover(
    onBeacon: BeaconListener,
    options: OperationOptions = {},
  ): Promise<DiscoverySearch> {
    const sockets = await this.#acquire(options.signal);
    let stopped: Promise<void> | undefined;
    const search = {
      onBeacon,
      query: (challenge: Uint8Array) => {
        if (stopped !== undefined) return;
        void sockets.broadcast(Buffer.concat([QUERY_MAGIC, challenge, QUERY_PADDING]));
      },
      stop: () => {
        this.#searches.delete(search);
        return (stopped ??= this.#release());
      },
    };
    this.#searches.add(search);
    return search;
  }

  /** Stops all announcements (with farewells) and searches. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#announcements, ...this.#searches].map((each) => each.stop()));
  }

  async #acquire(signal: AbortSignal | undefined): Promise<BroadcastSockets> {
    signal?.throwIfAborted();
    this.#throwIfClosed();
    this.#users += 1;
    try {
      this.#sockets ??= BroadcastSockets.open(this.#config.port, this.#logger, (bytes, from) =>
        this.#receive(bytes, from),
      );
      const sockets = await this.#sockets;
      signal?.throwIfAborted();
      this.#throwIfClosed();
      return sockets;
    } catch (error) {
      await this.#release();
      throw error;
    }
  }

  async #release(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    const sockets = this.#sockets;
    this.#sockets = undefined;
    for (const timer of this.#answers.values()) clearTimeout(timer);
    this.#answers.clear();
    // If they could not be opened, `#acquire` throws the reason.
    await (await sockets?.catch(() => undefined))?.close();
  }

  /** Handles an abort or a `close()` during the first beacon. */
  async #stopIfLate(announcement: UdpAnnouncement, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted !== true && !this.#closed) return;
    await announcement.stop();
    signal?.throwIfAborted();
    this.#throwIfClosed();
  }

  #throwIfClosed(): void {
    if (this.#closed) throw new RoomkeyError('RK_CLOSED', 'Discovery was already stopped.');
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    const challenge = challengeOf(bytes);
    if (challenge !== undefined) {
      this.#answerSoon(from, challenge);
      return;
    }
    for (const { onBeacon } of this.#searches) {
      try {
        onBeacon({ beacon: bytes, host: from.address });
      } catch (error) {
        this.#logger.error('A listener for beacons failed', { error });
      }
    }
  }

  #answerSoon({ address, port }: RemoteInfo, challenge: Buffer): void {
    const asker = `${address}:${port} ${challenge.toString('hex')}`;
    if (this.#announcements.size === 0 || this.#answers.has(asker)) return;
    if (!this.#answerRate.admit(address)) return;
    const timer = setTimeout(() => {
      this.#answers.delete(asker);
      void this.#answer(address, port, challenge);
    }, Math.random() * ANSWER_WITHIN_MS);
    this.#answers.set(asker, timer);
  }

  /**
   * Answers with as many rooms as fit into the size of the query, starting with a different room
   * each time; the others follow at the next announcement.
   */
  async #answer(host: string, port: number, challenge: Uint8Array): Promise<void> {
    const sockets = await this.#sockets;
    const announcements = [...this.#announcements];
    const first = this.#firstAnswered++ % Math.max(announcements.length, 1);
    let room = QUERY_BYTES;
    for (const announcement of [...announcements.slice(first), ...announcements.slice(0, first)]) {
      const beacon = announcement.answer(challenge);
      if (beacon === undefined) continue;
      room -= beacon.length;
      if (room < 0) return;
      void sockets?.send(beacon, host, port);
    }
  }

  #cannotSend(): RoomkeyError {
    return new RoomkeyError(
      'RK_DISCOVERY_FAILED',
      `Nothing can be sent to UDP port ${this.#config.port}: no network is available, or a firewall blocks it. Check the network settings and the firewall’s rules for UDP.`,
      { plugin: '@roomkey/discovery-udp' },
    );
  }
}

/** The challenge of a query; `undefined` for anything else. */
function challengeOf(bytes: Uint8Array): Buffer | undefined {
  if (bytes.length !== QUERY_BYTES) return undefined;
  const datagram = Buffer.from(bytes);
  const end = QUERY_MAGIC.length + CHALLENGE_BYTES;
  if (!datagram.subarray(0, QUERY_MAGIC.length).equals(QUERY_MAGIC)) return undefined;
  const challenge = datagram.subarray(QUERY_MAGIC.length, end);
  // Zeros mean that a beacon answers no query.
  const isValid =
    datagram.subarray(end).equals(QUERY_PADDING) && challenge.some((byte) => byte > 0);
  return isValid ? challenge : undefined;
}
