import { FADE_SAMPLES, SAMPLES_PER_MS } from './format.js';
import { LONGEST_PERIOD, PERIOD_SPAN, PeriodFinder } from './pitch.js';

/** After this many samples of concealment there is silence: 60 ms. */
const FADE_OUT_SAMPLES = 60 * SAMPLES_PER_MS;

/**
 * Continues the sound where there is none: repeats the last period of what was played, and fades it out
 * within 60 ms. Starts without a step: what separates the last sample from the first repeated one
 * disappears within 5 ms.
 */
export class Concealer {
  readonly #finder = new PeriodFinder();
  /** What was played last. */
  readonly #played = new Float32Array(PERIOD_SPAN);
  /** One period, whose end leads to its beginning. */
  readonly #loop = new Float32Array(LONGEST_PERIOD);
  #period = LONGEST_PERIOD;
  /** The last sample that was played minus the one before the loop. */
  #step = 0;
  /** The number of samples since the start. */
  #at = FADE_OUT_SAMPLES;

  /** Takes note of what is played, concealment too. */
  remember(samples: Float32Array, from: number, count: number): void {
    const played = this.#played;
    const kept = Math.max(0, played.length - count);
    played.copyWithin(0, played.length - kept);
    const first = from + count - (played.length - kept);
    for (let i = kept; i < played.length; i += 1) played[i] = samples[first + i - kept] ?? 0;
  }

  /** Begins to continue what was played last. */
  start(): void {
    const played = this.#played;
    const period = this.#finder.find(played, 'end');
    const begin = played.length - period;
    for (let i = 0; i < period; i += 1) this.#loop[i] = played[begin + i] ?? 0;
    // The end of the loop turns into what came before its beginning.
    for (let i = 1; i <= FADE_SAMPLES; i += 1) {
      const at = period - FADE_SAMPLES - 1 + i;
      const before = played[begin - period + at] ?? 0;
      const sample = this.#loop[at] ?? 0;
      this.#loop[at] = sample + (before - sample) * (i / FADE_SAMPLES);
    }
    this.#step = (played.at(-1) ?? 0) - (this.#loop[period - 1] ?? 0);
    this.#period = period;
    this.#at = 0;
  }

  /** Writes the next samples of the concealment. */
  fill(target: Float32Array, from: number, count: number): void {
    for (let i = 0; i < count; i += 1) {
      const at = this.#at;
      if (at >= FADE_OUT_SAMPLES) {
        target.fill(0, from + i, from + count);
        return;
      }
      const gain = 1 - at / FADE_OUT_SAMPLES;
      const rest = Math.max(0, 1 - (at + 1) / FADE_SAMPLES);
      target[from + i] = (this.#loop[at % this.#period] ?? 0) * gain + this.#step * rest;
      this.#at = at + 1;
    }
  }

  reset(): void {
    this.#played.fill(0);
    this.#at = FADE_OUT_SAMPLES;
  }
}
