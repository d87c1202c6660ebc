import { Interrupted } from './failure.js';

/**
 * Signals within this time of the first count as one, ms. Ctrl-C goes to every program that runs in
 * the terminal, and npm and `npm start` pass theirs on to the command.
 */
export const SAME_SIGNAL_MS = 500;

/** Requests that the command end before it is done. */
export class Interruption {
  readonly #controller = new AbortController();
  #requestedAt = 0;

  /** Aborted by the first request, with its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Requests that the command end.
   *
   * @param now ms, of a monotonic clock
   * @param reason why; default: a signal
   * @returns whether this is a second request, which does not wait for an orderly end
   */
  request(now: number, reason = new Interrupted()): boolean {
    if (this.signal.aborted) return now - this.#requestedAt >= SAME_SIGNAL_MS;
    this.#requestedAt = now;
    this.#controller.abort(reason);
    return false;
  }
}
