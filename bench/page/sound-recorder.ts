import type { PassedSound } from './bench-page.js';

/** Every so many samples are kept: what is looked for has no more than 3 kHz. */
const STEP = 4;
/** The pieces that are handed on at once. */
const PIECES = 20;

/** Some pieces of sound, as a worker or a worklet hands them to the page. */
export interface SoundPieces {
  /** Hz. */
  readonly rate: number;
  readonly samples: readonly number[];
  /** As in `PassedSound`, within these samples. */
  readonly times: readonly (readonly [index: number, at: number])[];
}

/** Collects a sound in a worker or a worklet. */
export class SoundCollector {
  readonly #post: (pieces: SoundPieces) => void;
  #samples: number[] = [];
  #times: [index: number, at: number][] = [];
  /** The samples to skip before the next one is kept. */
  #skip = 0;

  constructor(post: (pieces: SoundPieces) => void) {
    this.#post = post;
  }

  /** @param at when its first sample was there, ms since 1970 */
  add(samples: Float32Array, rate: number, at: number): void {
    const first = this.#skip;
    this.#times.push([this.#samples.length, at + (first * 1000) / rate]);
    for (let i = first; i < samples.length; i += STEP) this.#samples.push(samples[i] ?? 0);
    this.#skip = (((first - samples.length) % STEP) + STEP) % STEP;
    if (this.#times.length < PIECES) return;
    this.#post({ rate: rate / STEP, samples: this.#samples, times: this.#times });
    this.#samples = [];
    this.#times = [];
  }
}

/** Keeps a sound in the page. */
export class SoundRecorder {
  #rate = 0;
  #samples: number[] = [];
  #times: (readonly [index: number, at: number])[] = [];

  add({ rate, samples, times }: SoundPieces): void {
    if (rate !== this.#rate) this.forget();
    this.#rate = rate;
    const start = this.#samples.length;
    for (const [index, at] of times) this.#times.push([start + index, at]);
    for (const sample of samples) this.#samples.push(sample);
  }

  forget(): void {
    this.#samples = [];
    this.#times = [];
  }

  get passed(): PassedSound {
    return { rate: this.#rate, samples: this.#samples, times: this.#times };
  }
}
