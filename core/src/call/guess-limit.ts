import { pauseAfterFailures } from '../secure/handshake-rate-limiter.js';
import { sleep, systemClock, type Clock } from '../util/clock.js';

/** From this guess on the person is told. */
const SUSPICIOUS_FROM = 3;
/** This guess is the last one. */
const MAX_GUESSES = 8;
/** One guess is forgotten after this long, ms: so slowly that patience gains nothing. */
const FORGET_INTERVAL_MS = 3_600_000;

/**
 * How often others had a guess at a password that was typed here. A guest's T_I lets whoever answered
 * test one password, and a peer that has shown no T_R since may be somebody on the path who tests one
 * after another (`docs/protocol.md`, Limits). So the count lives as long as the password does in this
 * program, past reconnects and calls, and success does not reset it: who is on the path can let
 * a handshake through.
 */
export class GuessLimit {
  readonly #clock: Clock;
  #count = 0;
  /** Until when guesses have been forgotten. */
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

  /** Whether there were so many that the person should know. */
  get isSuspicious(): boolean {
    this.#forget();
    return this.#count >= SUSPICIOUS_FROM;
  }

  /** Whether the password may be used no more before the person types it again; that stays so. */
  get isExhausted(): boolean {
    return this.#count >= MAX_GUESSES;
  }

  /** Waits until the next handshake may begin: the pauses are the host's for wrong passwords. */
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
