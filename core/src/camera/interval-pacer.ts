import { setTimeout as delay } from 'node:timers/promises';

/**
 * A steady beat without drift: beat n is due n intervals after beat 0, however late the beats before
 * it came. Beats that were missed are skipped and never made up for in a bunch.
 */
export class IntervalPacer {
  readonly #interval: number;
  #start: number | undefined;
  #tick = 0;

  /** @param rate beats a second */
  constructor(rate: number) {
    this.#interval = 1000 / rate;
  }

  /**
   * Waits for the next beat; the first comes at once and starts the clock.
   *
   * @returns the beat's number, growing from 0
   */
  async next(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const now = performance.now();
    if (this.#start === undefined) {
      this.#start = now;
      return 0;
    }
    const elapsed = now - this.#start;
    this.#tick = tickAfter(this.#tick, elapsed, this.#interval);
    try {
      await delay(this.#tick * this.#interval - elapsed, undefined, { signal });
    } catch {
      signal.throwIfAborted();
    }
    return this.#tick;
  }
}

/**
 * The beat to wait for: the first one after `last` that is not past. A timer may fire a little
 * early, so the beat after `last` is also the answer while `last` itself is still to come.
 *
 * @param elapsed since beat 0, in the unit of `interval`
 */
export function tickAfter(last: number, elapsed: number, interval: number): number {
  return Math.max(last + 1, Math.floor(elapsed / interval) + 1);
}
