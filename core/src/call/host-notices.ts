import { RoomkeyError } from '../errors/index.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';
import { toHex } from '../secure/bytes.js';
import { RefusalNotifier, type RefusalNotifierOptions } from './refusal-notifier.js';

const REFUSED: RefusalNotifierOptions = { maxNotices: 4, what: 'someone couldn’t join' };
/** Each needs a complete handshake, so a flood of them is slow. */
const STOPPED: RefusalNotifierOptions = { maxNotices: 100, what: 'a call was stopped' };

/** Notifies a host's user of peers that were refused and of calls that were stopped. */
export class HostNotices {
  readonly #notify: (error: unknown) => void;
  readonly #refused: RefusalNotifier;
  /** Separate, so that strangers who try to join cannot hide a peer that waits to be accepted. */
  readonly #mismatched: RefusalNotifier;
  /** Separate as well, so that they cannot hide changed data in a call. */
  readonly #stopped: RefusalNotifier;

  constructor(notify: (error: unknown) => void) {
    this.#notify = notify;
    this.#refused = new RefusalNotifier(REFUSED, notify);
    this.#mismatched = new RefusalNotifier(REFUSED, notify);
    this.#stopped = new RefusalNotifier(STOPPED, notify);
  }

  /** @param from the address, name or identity of the peer */
  addRefusal(error: unknown, from: string): void {
    if (error instanceof IdentityMismatchError) this.#mismatched.add(error, from);
    else if (error instanceof RoomkeyError) this.#refused.add(error, from);
    else this.#notify(error);
  }

  addStoppedCall(error: RoomkeyError, identity: Uint8Array): void {
    this.#stopped.add(error, toHex(identity));
  }

  /** Sends no more notices. Idempotent. */
  stop(): void {
    for (const notifier of [this.#refused, this.#mismatched, this.#stopped]) notifier.stop();
  }
}
