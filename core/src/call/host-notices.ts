import { RoomkeyError } from '../errors/index.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';
import { toHex } from '../secure/bytes.js';
import { RefusalNotifier } from './refusal-notifier.js';

/** A call that is stopped again within this time, with the same identity, is not reported, ms. */
const STOPPED_WINDOW_MS = 60_000;

/** Notifies a host's user of peers that were refused and of calls that were stopped. */
export class HostNotices {
  readonly #notify: (error: unknown) => void;
  readonly #refused: RefusalNotifier;
  /** Separate, so that strangers who try to join cannot hide a peer that waits to be accepted. */
  readonly #mismatched: RefusalNotifier;
  /** The stopped calls of the last minute, by identity. */
  readonly #stopped = new Set<string>();

  constructor(notify: (error: unknown) => void) {
    this.#notify = notify;
    this.#refused = new RefusalNotifier(notify);
    this.#mismatched = new RefusalNotifier(notify);
  }

  /** @param from the address, name or identity of the peer */
  addRefusal(error: unknown, from: string): void {
    if (error instanceof IdentityMismatchError) this.#mismatched.add(error, from);
    else if (error instanceof RoomkeyError) this.#refused.add(error, from);
    else this.#notify(error);
  }

  /**
   * Reports every identity, however many there are: no one may hide changed data in a call, and each
   * costs a complete handshake.
   */
  addStoppedCall(error: RoomkeyError, identity: Uint8Array): void {
    const key = toHex(identity);
    if (this.#stopped.has(key)) return;
    this.#stopped.add(key);
    setTimeout(() => this.#stopped.delete(key), STOPPED_WINDOW_MS).unref();
    this.#notify(error);
  }

  /** Sends no more notices. Idempotent. */
  stop(): void {
    this.#refused.stop();
    this.#mismatched.stop();
  }
}
