import { setTimeout as delay } from 'node:timers/promises';

/** A clock that a pacer can wait by. */
export interface PacerClock {
  /** Monotonic time, ms, with an arbitrary origin. */
  now(): number;
  /** Waits; may return a little early. @throws the abort reason, or any other error once aborted */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const systemPacerClock: PacerClock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};

/**
 * A steady interval without drift: tick n is due n intervals after tick 0, however late earlier
 * ticks were. Missed ticks are skipped, never delivered in a burst.
 */
export class IntervalPacer {
  readonly #interval: number;
  readonly #clock: PacerClock;
  #start: number | undefined;
  #tick = 0;

  /** @param rate ticks per second */
  constructor(rate: number, clock = systemPacerClock) {
    this.#interval = 1000 / rate;
    this.#clock = clock;
  }

  /**
   * Waits for the next tick. The first comes at once and starts the clock.
   *
   * @returns the tick's number, growing from 0
   */
  async next(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const now = this.#clock.now();
    if (this.#start === undefined) {
      this.#start = now;
      return 0;
    }
    const elapsed = now - this.#start;
    this.#tick = tickAfter(this.#tick, elapsed, this.#interval);
    try {
      await this.#clock.wait(this.#tick * this.#interval - elapsed, signal);
    } catch {
      signal.throwIfAborted();
    }
    return this.#tick;
  }
}

/**
 * The next tick after `last` that is not yet due. A timer may fire a little early, so `last` itself
 * may still be due; the result is then also the one after `last`.
 *
 * @param elapsed since tick 0, in the unit of `interval`
 */
export function tickAfter(last: number, elapsed: number, interval: number): number {
  return Math.max(last + 1, Math.floor(elapsed / interval) + 1);
}
