import type { Connection, Transport, TransportAddress } from '../contracts/transport.js';
import type { Clock } from '../util/clock.js';
import { deferred, settleOrAbort, type Deferred } from '../util/deferred.js';

/** The pause between the starts of two attempts, ms: the Connection Attempt Delay of RFC 8305, section 5. */
const STAGGER_MS = 250;
/** How long the first connected address may delay the attempts at the others, ms. */
const FIRST_ANSWER_WAIT_MS = 500;
/** The largest number of attempts at a time. */
const MAX_AT_ONCE = 16;

/** The result of an attempt. */
export interface Discardable {
  /** The result came too late: releases what it holds, and its connection. */
  discard(): void;
}

/** What a `DialRace` needs. */
export interface DialRaceOptions<T extends Discardable> {
  readonly transport: Pick<Transport, 'dial'>;
  /** Most likely first. */
  readonly addresses: readonly TransportAddress[];
  /**
   * Begins the handshake on a connection, and resolves at the first answer. It runs for several
   * addresses at once, so it must not reveal anything. If it rejects, it has ended the connection.
   */
  readonly startHandshake: (
    connection: Connection,
    address: TransportAddress,
    signal: AbortSignal,
  ) => Promise<T>;
  /** An attempt failed; its address is not tried again. */
  readonly onAttemptFailed: (address: TransportAddress, error: unknown) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** The time limits of one `next()`. */
export interface RaceTiming {
  /** Each address is dialed within this time, ms, if none connects. More addresses, shorter pauses. */
  readonly dialedWithinMs: number;
  /** The end of the race, ms; default: when each address has failed. */
  readonly overAfterMs?: number | undefined;
}

/** An attempt at an address: a dial, then the first message of the handshake. */
interface Attempt {
  readonly address: TransportAddress;
  readonly stop: AbortController;
  isConnected: boolean;
}

/**
 * Dials the addresses of one host as RFC 8305 (Happy Eyeballs) does: one after another with a short
 * pause, without waiting for the previous ones, and the next one at once if one fails.
 *
 * When an address connects, all other dials are aborted, so that the host does not count unwanted
 * connections. If that address stays silent for half a second, the others are dialed again while it
 * may still answer. Each further silent address delays them by one pause.
 */
export class DialRace<T extends Discardable> {
  readonly #options: DialRaceOptions<T>;
  readonly #clock: Clock;
  /** Addresses to dial; those whose attempt was aborted come last. */
  #queue: TransportAddress[] = [];
  readonly #attempts = new Set<Attempt>();
  /** Addresses that failed or won. */
  readonly #done = new Set<string>();
  #result: Deferred<T | undefined> | undefined;
  #staggerMs = STAGGER_MS;
  #cancelTimer: (() => void) | undefined;

  constructor(options: DialRaceOptions<T>) {
    this.#options = options;
    this.#clock = options.clock;
    this.setAddresses(options.addresses);
  }

  /** Whether no address remains. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#attempts.size === 0;
  }

  /** Replaces the addresses that are not dialed yet. */
  setAddresses(addresses: readonly TransportAddress[]): void {
    const taken = new Set(this.#done);
    for (const { address } of this.#attempts) taken.add(addressKey(address));
    this.#queue = addresses.filter((address) => !taken.has(addressKey(address)));
    if (this.#cancelTimer === undefined) this.#dialNext();
  }

  /**
   * The first result. Can be called again if the rest of that handshake failed: the race continues
   * with the remaining addresses.
   *
   * @returns undefined if no address answers
   * @throws the reason of the signal
   */
  async next({ dialedWithinMs, overAfterMs }: RaceTiming): Promise<T | undefined> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const result = (this.#result = deferred<T | undefined>());
    this.#staggerMs = Math.min(STAGGER_MS, dialedWithinMs / Math.max(1, this.#queue.length - 1));
    const cancelEnd =
      overAfterMs === undefined
        ? undefined
        : this.#clock.after(overAfterMs, () => this.#settle(undefined));
    this.#dialNext();
    try {
      return await settleOrAbort(result.promise, signal);
    } finally {
      cancelEnd?.();
      this.#settle(undefined);
    }
  }

  #dialNext(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#result === undefined) return;
    if (this.isEmpty) {
      this.#settle(undefined);
      return;
    }
    if (this.#attempts.size >= MAX_AT_ONCE) return;
    const address = this.#queue.shift();
    if (address === undefined) return;
    this.#dialNextAfter(this.#staggerMs);
    void this.#run(address);
  }

  #dialNextAfter(ms: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(ms, () => this.#dialNext());
  }

  async #run(address: TransportAddress): Promise<void> {
    const { transport, startHandshake, onAttemptFailed } = this.#options;
    const attempt: Attempt = { address, stop: new AbortController(), isConnected: false };
    const signal = AbortSignal.any([attempt.stop.signal, this.#options.signal]);
    const isAborted = (): boolean => signal.aborted;
    this.#attempts.add(attempt);
    try {
      const connection = await transport.dial(address, { signal });
      if (isAborted()) {
        connection.abort();
        return;
      }
      this.#onConnected(attempt);
      const started = await startHandshake(connection, address, signal);
      if (isAborted()) {
        started.discard();
        return;
      }
      this.#finish(attempt);
      this.#settle(started);
    } catch (error) {
      if (isAborted()) return;
      this.#finish(attempt);
      onAttemptFailed(address, error);
      this.#dialNext();
    }
  }

  #onConnected(attempt: Attempt): void {
    attempt.isConnected = true;
    const isFirst = ![...this.#attempts].some((other) => other !== attempt && other.isConnected);
    for (const other of this.#attempts) if (!other.isConnected) this.#requeue(other);
    // After one address was silent for so long, others may be silent too.
    this.#dialNextAfter(isFirst ? FIRST_ANSWER_WAIT_MS : this.#staggerMs);
  }

  #finish(attempt: Attempt): void {
    this.#done.add(addressKey(attempt.address));
    this.#attempts.delete(attempt);
  }

  /** Aborts an attempt in favor of another one; its address is tried again later. */
  #requeue(attempt: Attempt): void {
    this.#attempts.delete(attempt);
    this.#queue.push(attempt.address);
    attempt.stop.abort(new Error('another address answered first'));
  }

  #settle(winner: T | undefined): void {
    const result = this.#result;
    this.#result = undefined;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const attempt of this.#attempts) this.#requeue(attempt);
    result?.resolve(winner);
  }
}

/** A key that is unique to an address. */
export function addressKey({ host, port }: TransportAddress): string {
  return `${host} ${port}`;
}
