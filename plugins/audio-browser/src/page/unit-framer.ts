import { opusFormat } from '@roomkey/core/wire';
import type { MonoSound } from './mono-converter.js';

const SAMPLES_PER_MS = opusFormat.sampleRate / 1000;
/** Sound that begins so much later than the last one ended, ms, leaves a gap; less is jitter. */
const GAP_MS = 40;
/** By how much a unit may seem to begin before the last one ends, ms. */
const SLIP_MS = 0.5;

/** The samples of one unit. */
export interface CapturedBlock {
  readonly samples: Float32Array<ArrayBuffer>;
  /** When the first of them was captured, ms since 1970. */
  readonly capturedAt: number;
}

/** Cuts sound into units of one length, with the time of each. */
export class UnitFramer {
  readonly #onBlock: (block: CapturedBlock) => void;
  #samples: Float32Array<ArrayBuffer>;
  #filled = 0;
  #startsAt = 0;

  /** @param length of a unit, samples */
  constructor(length: number, onBlock: (block: CapturedBlock) => void) {
    this.#samples = new Float32Array(length);
    this.#onBlock = onBlock;
  }

  /** When the next sample should have been captured; ms since 1970, 0 before the first. */
  get nextAt(): number {
    return this.#startsAt + this.#filled / SAMPLES_PER_MS;
  }

  /** Has the first sample be due at a time; default: when the first sound comes. */
  startAt(time: number): void {
    this.#startsAt = time;
  }

  /** Takes sound; what is older than what was there before by more than jitter is dropped. */
  add({ samples, startsAt }: MonoSound): void {
    const ahead = startsAt - this.nextAt;
    let from = 0;
    if (Math.abs(ahead) > GAP_MS && this.#startsAt > 0) {
      if (ahead < 0) from = Math.min(samples.length, Math.round(-ahead * SAMPLES_PER_MS));
      // The rest of a unit before the gap is silent.
      else if (this.#filled > 0) this.#complete();
    }
    for (let at = from; at < samples.length;) {
      if (this.#filled === 0) {
        this.#startsAt = Math.max(startsAt + at / SAMPLES_PER_MS, this.#startsAt - SLIP_MS);
      }
      const count = Math.min(samples.length - at, this.#samples.length - this.#filled);
      this.#samples.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#samples.length) this.#complete();
    }
  }

  /** Adds silence, in whole units, up to a time. */
  fillUntil(time: number): void {
    const unitMs = this.#samples.length / SAMPLES_PER_MS;
    for (let start = this.nextAt; this.#startsAt > 0 && start + unitMs <= time; start += unitMs) {
      this.add({ samples: new Float32Array(this.#samples.length), startsAt: start });
    }
  }

  #complete(): void {
    const samples = this.#samples;
    this.#samples = new Float32Array(samples.length);
    const capturedAt = this.#startsAt;
    this.#startsAt += samples.length / SAMPLES_PER_MS;
    this.#filled = 0;
    this.#onBlock({ samples, capturedAt });
  }
}
