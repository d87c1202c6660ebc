import { RoomkeyError } from '../errors/index.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';

/** How long what is said again is only counted, ms. */
const WINDOW_MS = 60_000;
/** How many are told at once in a window; more are counted, from however many addresses. */
const MAX_NOTICES = 4;

/**
 * Tells the host's person of those who could not come in: of each address and each code once a
 * minute, of at most four of them at once, and of the others how many there were. So a flood is a
 * notice a minute, and what is kept of it does not grow. Somebody who waits to be accepted tries again
 * and again: that is told anew each minute, and is not counted.
 */
export class RefusalNotifier {
  readonly #notify: (error: Error) => void;
  readonly #notified = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #omitted: { count: number; last: RoomkeyError } | undefined;

  constructor(notify: (error: Error) => void) {
    this.#notify = notify;
  }

  /** @param from who it was: an address, a name, or an identity */
  add(error: RoomkeyError, from: string): void {
    this.#timer ??= setTimeout(() => this.#onWindowOver(), WINDOW_MS).unref();
    const key = `${error.code} ${from}`;
    const isNotified = this.#notified.has(key);
    if (isNotified && error instanceof IdentityMismatchError) return;
    if (isNotified || this.#notified.size >= MAX_NOTICES) {
      this.#omitted = { count: (this.#omitted?.count ?? 0) + 1, last: error };
      return;
    }
    this.#notified.add(key);
    this.#notify(error);
  }

  /** Nothing is told any more. Can be called twice. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #onWindowOver(): void {
    this.#timer = undefined;
    const omitted = this.#omitted;
    this.#omitted = undefined;
    if (omitted === undefined) {
      this.#notified.clear();
      return;
    }
    // Who goes on is not told anew: the next minute begins with what is known.
    this.#timer = setTimeout(() => this.#onWindowOver(), WINDOW_MS).unref();
    const { count, last } = omitted;
    const times = count === 1 ? 'Once more' : `${count} more times`;
    const message = `${times} in the last minute, someone couldn’t join. The last time: ${last.message}`;
    this.#notify(
      last instanceof IdentityMismatchError
        ? new IdentityMismatchError(message, last.person)
        : new RoomkeyError(last.code, message, { cause: last }),
    );
  }
}
