import { Interrupted } from './failure.js';

/**
 * How close behind the first signal another one is the same, ms. Ctrl-C goes to every program that
 * runs in the terminal, and npm and `npm start` pass theirs on to the command.
 */
export const SAME_SIGNAL_MS = 500;

/** Whether the command is to end before it is done. */
export class Interruption {
  readonly #controller = new AbortController();
  #since = 0;

  /** Aborted by the first wish that it ends, with its reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Somebody wishes that the command ends.
   *
   * @param now ms, of a clock that only goes on
   * @param reason why; default: a signal
   * @returns whether they wished it before, and do not want to wait for a farewell
   */
  wish(now: number, reason = new Interrupted()): boolean {
    if (this.signal.aborted) return now - this.#since >= SAME_SIGNAL_MS;
    this.#since = now;
    this.#controller.abort(reason);
    return false;
  }
}
