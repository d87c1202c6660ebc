import { pauseAfterFailures } from '../secure/handshake-rate-limiter.js';
import { sleep, systemClock, type Clock } from '../util/clock.js';

/** From this guess on, the user is notified. */
const SUSPICIOUS_FROM = 3;
/** The number of guesses after which the password is not used any more. */
const MAX_GUESSES = 8;
/** One guess is forgotten after this time, ms: too slowly for a patient attacker to gain. */
const FORGET_INTERVAL_MS = 3_600_000;

/**
 * Counts how often others could guess at a password that was typed here. A guest's T_I lets the peer
 * test one password; a peer that then sends no T_R may be an attacker on the path who tests one after
 * another (`docs/protocol.md`, Limits). So the count lasts as long as this program has the password,
 * across reconnects and calls. Success does not reset it: an attacker on the path can let a handshake
 * through.
 */
export class GuessLimit {
  readonly #clock: Clock;
  #count = 0;
  /** The time up to which guesses were forgotten. */
  #forgottenAt = 0;
  #pausedUntil = -Infinity;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Counts one guess. */
  add(): void {
    this.#forget();
    const now = this.#clock.now();
    if (this.#count === 0) this.#forgottenAt = now;
    this.#count += 1;
    this.#pausedUntil = now + pauseAfterFailures(this.#count);
  }

  /** Whether there were enough guesses to notify the user. */
  get isSuspicious(): boolean {
    this.#forget();
    return this.#count >= SUSPICIOUS_FROM;
  }

  /** Whether the password must not be used until the user types it again; this does not change back. */
  get isExhausted(): boolean {
    return this.#count >= MAX_GUESSES;
  }

  /** Waits until the next handshake may begin; the pauses are those of a host after wrong passwords. */
  async waitForPause(signal: AbortSignal): Promise<void> {
    const pauseMs = this.#pausedUntil - this.#clock.now();
    if (pauseMs > 0) await sleep(this.#clock, pauseMs, signal);
  }

  #forget(): void {
    if (this.isExhausted) return;
    const forgotten = Math.floor((this.#clock.now() - this.#forgottenAt) / FORGET_INTERVAL_MS);
    this.#count = Math.max(0, this.#count - forgotten);
    this.#forgottenAt += forgotten * FORGET_INTERVAL_MS;
  }
}
