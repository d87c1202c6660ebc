import { RoomkeyError } from '../errors/index.js';
import { AddressRateLimit } from '../util/rate-limit.js';

/** Handshakes in progress at once, in total and per address. */
export const MAX_PENDING = 32;
const MAX_PENDING_PER_ADDRESS = 4;
/** Handshakes started per second. */
const RATE = { perAddress: 5, total: 100 };
/** From this many wrong passwords on, each one doubles the pause. */
const FREE_FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** Wrong passwords are forgotten after this long without a new one. */
const QUIET_MS = 60_000;

/** Reported to the host when someone keeps trying passwords. */
export interface HandshakePause {
  /** Wrong passwords since the last quiet minute. */
  readonly failures: number;
  /** How long no guest is let in, ms. */
  readonly pauseMs: number;
}

/** Permission for one handshake. */
export interface HandshakeTicket {
  /**
   * Call before testing a password guess, so that a handshake that started before a pause does not
   * escape it.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_BUSY` during a pause
   */
  requireNoPause(): void;
  /** Counts a wrong password. Call it as soon as that is known, before any answer is sent. */
  fail(): void;
  /** Returns the slot. Idempotent. */
  release(): void;
}

/**
 * How long no password is tested after this many wrong ones, ms.
 *
 * @param failures wrong passwords that are not forgotten yet, at least 1
 */
export function pauseAfterFailures(failures: number): number {
  const doublings = failures - FREE_FAILURES;
  return doublings < 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** doublings, MAX_PAUSE_MS);
}

/** Dependencies of `HandshakeRateLimiter`. */
export interface HandshakeRateLimiterOptions {
  /** Monotonic clock, ms. */
  readonly now: () => number;
  readonly onPause: (pause: HandshakePause) => void;
}

/**
 * Limits the handshakes in a room (`docs/protocol.md`, Limits). Memory is bounded: one entry per
 * handshake in progress and per handshake started within a second.
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
   * Takes a slot for a handshake with this address.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_BUSY` when no slot is free
   */
  admit(address: string): HandshakeTicket {
    const now = this.#options.now();
    this.#forget(now);
    // One handshake at a time while passwords are being tried, or those in progress would escape
    // the pause.
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
