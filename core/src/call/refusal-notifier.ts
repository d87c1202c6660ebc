import { RoomkeyError } from '../errors/index.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';

/** Repeated refusals within this time are only counted, ms. */
const WINDOW_MS = 60_000;
/** The number of notices in a window, for all peers together; more refusals are only counted. */
const MAX_NOTICES = 4;

/**
 * Notifies the host's user of refused peers: once a minute for each peer and code, at most
 * four at once, and then of the number of the others. So a flood is one notice a minute in
 * constant memory. A peer that waits to be accepted tries repeatedly; it gets one notice a minute and
 * is not counted.
 */
export class RefusalNotifier {
  readonly #notify: (error: Error) => void;
  readonly #notified = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #omitted: { count: number; last: RoomkeyError } | undefined;

  constructor(notify: (error: Error) => void) {
    this.#notify = notify;
  }

  /** @param from the address, name or identity of the peer */
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

  /** Sends no more notices. Idempotent. */
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
    // `#notified` is kept: peers that continue get no new notice.
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
