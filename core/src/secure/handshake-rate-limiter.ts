import { RoomkeyError } from '../errors/index.js';
import { AddressRateLimit } from '../util/rate-limit.js';

/** Handshakes under way at once, of all addresses and of one. */
export const MAX_PENDING = 32;
const MAX_PENDING_PER_ADDRESS = 4;
/** Handshakes begun within a second. */
const RATE = { perAddress: 5, total: 100 };
/** From this many wrong passwords on, each brings a pause twice as long as the one before. */
const FREE_FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** After this long without a wrong password they are forgotten. */
const QUIET_MS = 60_000;

/** What the host is told when somebody goes on trying passwords. */
export interface HandshakePause {
  /** Wrong passwords since it was last quiet for a minute. */
  readonly failures: number;
  /** How long nobody is let in now, in milliseconds. */
  readonly pauseMs: number;
}

/** A place for one handshake. */
export interface HandshakeTicket {
  /**
   * To be called before a guess at the password is tested: a handshake that began before a pause
   * does not escape it.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_BUSY` during a pause
   */
  requireNoPause(): void;
  /** Counts a wrong password; to be called when that is decided, before anything is answered. */
  fail(): void;
  /** Gives the place back. Can be called twice. */
  release(): void;
}

/**
 * How long no password is tested after so many wrong ones, in milliseconds.
 *
 * @param failures wrong passwords that are not forgotten yet, at least 1
 */
export function pauseAfterFailures(failures: number): number {
  const doublings = failures - FREE_FAILURES;
  return doublings < 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** doublings, MAX_PAUSE_MS);
}

/** What a `HandshakeRateLimiter` needs. */
export interface HandshakeRateLimiterOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly onPause: (pause: HandshakePause) => void;
}

/**
 * Who may begin a handshake in a room (`docs/protocol.md`, Limits). What it keeps is bounded,
 * whatever comes: an entry for each handshake under way and for each begun within a second.
 */
export class HandshakeRateLimiter {
  readonly #options: HandshakeRateLimiterOptions;
  readonly #rate: AddressRateLimit;
  readonly #pending = new Map<string, number>();
  #total = 0;
  #failures = 0;
  #pausedUntil = -Infinity;

  constructor(options: HandshakeRateLimiterOptions) {
    this.#options = options;
    this.#rate = new AddressRateLimit(RATE, options.now);
  }

  /**
   * Takes a place for a handshake with this address.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_BUSY` where there is none
   */
  admit(address: string): HandshakeTicket {
    const now = this.#options.now();
    this.#forget(now);
    // While passwords are tried, one at a time: else those under way would escape the pause.
    const places = this.#failures >= FREE_FAILURES ? 1 : MAX_PENDING;
    const ofAddress = this.#pending.get(address) ?? 0;
    if (
      now < this.#pausedUntil ||
      this.#total >= places ||
      ofAddress >= MAX_PENDING_PER_ADDRESS ||
      !this.#rate.admit(address)
    ) {
      throw busy(address);
    }
    this.#total += 1;
    this.#pending.set(address, ofAddress + 1);
    let held = true;
    return {
      requireNoPause: () => {
        if (this.#options.now() < this.#pausedUntil) throw busy(address);
      },
      fail: () => this.#fail(),
      release: () => {
        if (held) this.#release(address);
        held = false;
      },
    };
  }

  #forget(now: number): void {
    if (now >= this.#pausedUntil + QUIET_MS) this.#failures = 0;
  }

  #fail(): void {
    const now = this.#options.now();
    this.#forget(now);
    this.#failures += 1;
    const pauseMs = pauseAfterFailures(this.#failures);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs);
    if (pauseMs > 0) this.#options.onPause({ failures: this.#failures, pauseMs });
  }

  #release(address: string): void {
    const left = (this.#pending.get(address) ?? 1) - 1;
    if (left === 0) this.#pending.delete(address);
    else this.#pending.set(address, left);
    this.#total -= 1;
  }
}

function busy(address: string): RoomkeyError {
  return new RoomkeyError(
    'RK_HANDSHAKE_BUSY',
    `${address} was turned away: too many callers, or too many wrong passwords. Try again in a moment.`,
  );
}
