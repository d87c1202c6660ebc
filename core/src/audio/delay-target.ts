import { SortedWindow } from './sorted-window.js';

/** How long a unit's delay counts, ms. */
const WINDOW_MS = 10_000;
/** The units of 10 ms that arrive in the window, and some more. */
const MAX_UNITS = 1_024;
/** The share of units for which the target is long enough. */
const QUANTILE = 0.97;
const TARGET_MS = { least: 20, most: 240 };
/** Two units in a row whose delays differ by more, ms: a clock was set, so that older delays mean nothing. */
const CLOCK_STEP_MS = 5_000;

/**
 * How much sound the jitter buffer should hold, from the delays of the last ten seconds: what 97 % of
 * the units need beyond the fastest, and one unit, within 20…240 ms. WebRTC's NetEq decides alike
 * (`delay_manager.cc`).
 *
 * A delay is the arrival on the receiver's clock minus the media time on the sender's. Their offset
 * cancels out, because only differences count. As the least delay expires with the window, clocks 200
 * ppm apart change the target by at most 10 s · 200 ppm = 2 ms, however long the call is.
 */
export class DelayTarget {
  readonly #window = new SortedWindow(MAX_UNITS, WINDOW_MS);
  /** Subtracted from all delays, so that they keep their digits; ms. */
  #origin = 0;
  #newest = 0;
  #targetMs = TARGET_MS.least;

  /** How much sound the buffer should hold, 20…240 ms. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** How much later the newest unit came than half of those in the window, ms. */
  get lateness(): number {
    return this.#newest - this.#window.quantile(0.5);
  }

  /**
   * Counts a unit, late ones too. A copy of a unit that came before is not counted.
   *
   * @param unitMs its length, ms
   */
  add(arrivalMs: number, mediaTimeUs: number, unitMs: number): void {
    const delay = arrivalMs - mediaTimeUs / 1000;
    if (Math.abs(delay - this.#origin - this.#newest) > CLOCK_STEP_MS) this.#window.clear();
    if (this.#window.size === 0) this.#origin = delay;
    this.#newest = delay - this.#origin;
    this.#window.add(this.#newest, arrivalMs);
    const spread = this.#window.quantile(QUANTILE) - this.#window.quantile(0);
    this.#targetMs = Math.min(TARGET_MS.most, Math.max(TARGET_MS.least, spread + unitMs));
  }

  reset(): void {
    this.#window.clear();
    this.#targetMs = TARGET_MS.least;
  }
}
