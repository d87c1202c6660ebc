import type { Connection, Transport, TransportAddress } from '../contracts/transport.js';
import type { Clock } from '../util/clock.js';
import { deferred, settleOrAbort, type Deferred } from '../util/deferred.js';

/** Between the starts of two dials, ms: the Connection Attempt Delay of RFC 8305, section 5. */
const STAGGER_MS = 250;
/** How long the first who connects is waited for before others are dialled again, ms. */
const FIRST_ANSWER_WAIT_MS = 500;
/** How many addresses are dialled or greeted at once. */
const MAX_AT_ONCE = 16;

/** What greeting somebody who answered gives. */
export interface Discardable {
  /** It came too late: whatever it holds is given up, the connection too. */
  discard(): void;
}

/** What a `DialRace` works with. */
export interface DialRaceOptions<T extends Discardable> {
  readonly transport: Pick<Transport, 'dial'>;
  /** The likeliest first. */
  readonly addresses: readonly TransportAddress[];
  /**
   * Speaks to whoever answers at an address, and resolves when it has said something. It must not
   * give anything away: it runs for several at once. Where it rejects it has ended the connection.
   */
  readonly startHandshake: (
    connection: Connection,
    address: TransportAddress,
    signal: AbortSignal,
  ) => Promise<T>;
  /** It did not work there, and is not tried there again. */
  readonly onAttemptFailed: (address: TransportAddress, error: unknown) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** How long one `next()` may take. */
export interface RaceTiming {
  /** Every address is dialled within this, ms, as long as nobody connects: many follow sooner. */
  readonly dialledWithinMs: number;
  /** After this nobody wins any more, ms; default: when every address has failed. */
  readonly overAfterMs?: number | undefined;
}

/** An address that is dialled or greeted. */
interface Attempt {
  readonly address: TransportAddress;
  readonly stop: AbortController;
  isConnected: boolean;
}

/**
 * Dials addresses of one host as RFC 8305 has it (Happy Eyeballs): one after another with a short
 * stagger, without waiting for those before, and the next one at once where one fails.
 *
 * The first that connects is greeted alone, and all other dials are aborted in that moment, so that
 * the host does not count connections that nobody wants. One that connects and says nothing holds up
 * the others for half a second: then they are dialled as well, while it may still answer. Several such
 * hold them up by the stagger each.
 */
export class DialRace<T extends Discardable> {
  readonly #options: DialRaceOptions<T>;
  readonly #clock: Clock;
  /** Those that are to be dialled; what was aborted for the sake of another comes last. */
  #queue: TransportAddress[] = [];
  readonly #attempts = new Set<Attempt>();
  /** Those where it failed or somebody won. */
  readonly #done = new Set<string>();
  #result: Deferred<T | undefined> | undefined;
  #staggerMs = STAGGER_MS;
  #cancelTimer: (() => void) | undefined;

  constructor(options: DialRaceOptions<T>) {
    this.#options = options;
    this.#clock = options.clock;
    this.setAddresses(options.addresses);
  }

  /** Whether no address is left. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#attempts.size === 0;
  }

  /** Takes what is known now: addresses that are not in it any more are not dialled. */
  setAddresses(addresses: readonly TransportAddress[]): void {
    const taken = new Set(this.#done);
    for (const { address } of this.#attempts) taken.add(addressKey(address));
    this.#queue = addresses.filter((address) => !taken.has(addressKey(address)));
    if (this.#cancelTimer === undefined) this.#dialNext();
  }

  /**
   * Who answers first. May be called again when the handshake with it failed: the race goes on with
   * the addresses that are left.
   *
   * @returns undefined where there is nobody
   * @throws the reason of the signal
   */
  async next({ dialledWithinMs, overAfterMs }: RaceTiming): Promise<T | undefined> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const result = (this.#result = deferred<T | undefined>());
    this.#staggerMs = Math.min(STAGGER_MS, dialledWithinMs / Math.max(1, this.#queue.length - 1));
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
    // Once somebody was silent for so long, others who connect may be as silent.
    this.#dialNextAfter(isFirst ? FIRST_ANSWER_WAIT_MS : this.#staggerMs);
  }

  #finish(attempt: Attempt): void {
    this.#done.add(addressKey(attempt.address));
    this.#attempts.delete(attempt);
  }

  /** Aborts it for the sake of another; its turn comes again. */
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

/** What tells addresses apart. */
export function addressKey({ host, port }: TransportAddress): string {
  return `${host} ${port}`;
}
