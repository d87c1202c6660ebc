import { opusFormat } from '@roomkey/core';

/** Zero crossings of the filter on each side: about 80 dB of what is above the new limit is gone. */
const CROSSINGS = 16;
/** The share of the lower of both bandwidths that passes. */
const PASSBAND = 0.94;

/**
 * Brings samples to 48 kHz by a windowed sinc, whose values are calculated once for each of the
 * places that an output sample can have between two input samples (Smith, Digital Audio Resampling
 * Home Page, CCRMA). Sample 0 of the output is at sample 0 of the input.
 */
export class Resampler {
  /** Between two output samples the input moves on by `#step / #phases` samples. */
  readonly #step: number;
  readonly #phases: number;
  /** Input samples on each side of an output sample. */
  readonly #half: number;
  readonly #filters: Float32Array;
  /** Input that is needed still. */
  #held: Float32Array;
  /** The index in `#held` at or before the next output sample, and how far it is behind that. */
  #at: number;
  #phase = 0;

  /** @param rate of the input, Hz */
  constructor(rate: number) {
    const common = greatestCommonDivisor(rate, opusFormat.sampleRate);
    this.#step = rate / common;
    this.#phases = opusFormat.sampleRate / common;
    const cutoff = PASSBAND * Math.min(1, opusFormat.sampleRate / rate);
    this.#half = Math.ceil(CROSSINGS / cutoff);
    this.#filters = filters(this.#phases, this.#half, cutoff);
    this.#at = this.#half - 1;
    this.#held = new Float32Array(this.#at);
  }

  /** The number of input samples after its last one that complete the output. */
  get tail(): number {
    return this.#half;
  }

  /** Takes input. @returns the output that it completes */
  push(input: Float32Array): Float32Array {
    const held = new Float32Array(this.#held.length + input.length);
    held.set(this.#held);
    held.set(input, this.#held.length);
    const left = held.length - this.#half - this.#at;
    const output = new Float32Array(
      Math.max(0, Math.ceil((left * this.#phases - this.#phase) / this.#step)),
    );
    for (let index = 0; index < output.length; index++) {
      output[index] = this.#sample(held);
      this.#phase += this.#step;
      this.#at += Math.floor(this.#phase / this.#phases);
      this.#phase %= this.#phases;
    }
    const done = this.#at - this.#half + 1;
    this.#held = held.slice(done);
    this.#at -= done;
    return output;
  }

  #sample(held: Float32Array): number {
    const first = this.#at - this.#half + 1;
    const taps = 2 * this.#half;
    const filter = this.#phase * taps;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      sum += (held[first + tap] ?? 0) * (this.#filters[filter + tap] ?? 0);
    }
    return sum;
  }
}

function filters(phases: number, half: number, cutoff: number): Float32Array {
  const taps = 2 * half;
  const all = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase++) {
    const filter = all.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - half + 1 - phase / phases;
      const weight = sinc(cutoff * distance) * blackman(distance / half);
      filter[tap] = weight;
      sum += weight;
    }
    // A steady value stays what it is.
    filter.forEach((weight, tap) => (filter[tap] = weight / sum));
  }
  return all;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The Blackman window, of −1…1. */
function blackman(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
