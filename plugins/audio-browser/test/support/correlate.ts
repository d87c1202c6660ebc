import { Resampler } from '../../src/page/resampler.js';

const RATE = 48_000;
/** Of each so many samples one is enough to find a place, as nothing above 3,400 Hz is left. */
const COARSE = 6;
/** The part of a second by which it is found: 200 ms, in samples. */
const START = RATE / 5;
/**
 * A second is aligned in pieces of 50 ms, each by up to 16 ms more than the one before: a jitter buffer
 * changes its speed by up to 0.4 %, of a tone of 1 kHz four periods in a second, and leaves out periods
 * of up to 15 ms.
 */
const PIECE = RATE / 20;
const DRIFT = (16 * RATE) / 1000;
const DRIFT_STEP = 3;
/** The mean square of a piece that is too quiet to be aligned. */
const QUIET = 1e-5;

/** Where a second of one sound lies in another, and how alike the two are. */
export interface Place {
  /** Of the first sample of the second. */
  readonly offset: number;
  /** Of the same sample in the reference. */
  readonly at: number;
  /** −1…1 */
  readonly correlation: number;
}

/** A sound at 48 kHz whose parts are found in others, in the telephone's band. */
export class Reference {
  readonly #samples: Float32Array;
  readonly #coarse: Float32Array;
  /** Samples, after which it repeats. */
  readonly length: number;

  /** @param samples of a sound that is repeated without an end */
  constructor(samples: Float32Array, rate: number) {
    const once = rate === RATE ? samples : resample(samples, rate);
    this.length = once.length;
    const long = new Float32Array(2 * once.length + 3 * RATE);
    for (const i of long.keys()) long[i] = once[i % once.length] ?? 0;
    this.#samples = band(long);
    this.#coarse = every(this.#samples, COARSE);
  }

  /** Finds each second of a sound at 48 kHz that is not silent. */
  findSeconds(samples: Float32Array): Place[] {
    const filtered = band(samples);
    const places: Place[] = [];
    for (let offset = 0; offset + RATE <= filtered.length; offset += RATE) {
      const second = filtered.subarray(offset, offset + RATE);
      if (second.every((sample) => Math.abs(sample) < 0.02)) continue;
      places.push({ offset, ...this.#find(second) });
    }
    return places;
  }

  #find(second: Float32Array): Omit<Place, 'offset'> {
    const loudest = loudestOf(second);
    const start = this.#search(second.subarray(loudest, loudest + START)) - loudest;
    const sums = { product: 0, ours: 0, theirs: 0 };
    const first = Math.floor(loudest / PIECE);
    let at = start;
    for (let piece = first; piece * PIECE < RATE; piece += 1)
      at = this.#track(second, piece, at, sums);
    at = start;
    for (let piece = first - 1; piece >= 0; piece -= 1) at = this.#track(second, piece, at, sums);
    return { at, correlation: sums.product / Math.sqrt(sums.ours * sums.theirs) };
  }

  /** The place of a part of the sound. */
  #search(part: Float32Array): number {
    const coarse = every(part, COARSE);
    let best = { at: 0, correlation: -1 };
    // The filter has not settled at the beginning, and the rest of the second needs room.
    const last = (this.length + 2 * RATE) / COARSE;
    for (let at = RATE / COARSE; at < last; at += 1) {
      const correlation = correlationOf(sumsOf(coarse, this.#coarse, at));
      if (correlation > best.correlation) best = { at, correlation };
    }
    return best.at * COARSE;
  }

  /** Aligns a piece once more, and adds it to the sums. @returns where the second begins for it */
  #track(second: Float32Array, piece: number, at: number, sums: Sums): number {
    const part = second.subarray(piece * PIECE, (piece + 1) * PIECE);
    let best = { at, correlation: -2, sums: sumsOf(part, this.#samples, at + piece * PIECE) };
    const isQuiet = best.sums.ours < QUIET * PIECE;
    const tryEach = (from: number, to: number, step: number): void => {
      for (let near = from; near <= to && !isQuiet; near += step) {
        const tried = sumsOf(part, this.#samples, near + piece * PIECE);
        const correlation = correlationOf(tried);
        if (correlation > best.correlation) best = { at: near, correlation, sums: tried };
      }
    };
    tryEach(at - DRIFT, at + DRIFT, DRIFT_STEP);
    tryEach(best.at - DRIFT_STEP, best.at + DRIFT_STEP, 1);
    sums.product += best.sums.product;
    sums.ours += best.sums.ours;
    sums.theirs += best.sums.theirs;
    return best.at;
  }
}

interface Sums {
  product: number;
  ours: number;
  theirs: number;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

function sumsOf(part: Float32Array, within: Float32Array, at: number): Sums {
  let product = 0;
  let ours = 0;
  let theirs = 0;
  for (let i = 0; i < part.length; i += 1) {
    const a = part[i] ?? 0;
    const b = within[at + i] ?? 0;
    product += a * b;
    ours += a * a;
    theirs += b * b;
  }
  return { product, ours, theirs };
}

function correlationOf({ product, ours, theirs }: Sums): number {
  return ours === 0 || theirs === 0 ? 0 : product / Math.sqrt(ours * theirs);
}

/** Where the most energy of a second begins. */
function loudestOf(second: Float32Array): number {
  let best = { at: 0, energy: -1 };
  for (let at = 0; at + START <= second.length; at += PIECE) {
    let energy = 0;
    for (let i = 0; i < START; i += 1) energy += (second[at + i] ?? 0) ** 2;
    if (energy > best.energy) best = { at, energy };
  }
  return best.at;
}

function every(samples: Float32Array, step: number): Float32Array {
  return Float32Array.from({ length: Math.floor(samples.length / step) }, (_, i) => {
    return samples[i * step] ?? 0;
  });
}

function resample(samples: Float32Array, rate: number): Float32Array {
  const resampler = new Resampler(rate, RATE);
  const delayed = resampler.process(samples);
  return delayed.slice(Math.round((resampler.delay * RATE) / rate));
}

/** 300…3,400 Hz: Butterworth filters of the second order, twice each. */
function band(samples: Float32Array): Float32Array {
  let filtered = samples;
  for (let times = 0; times < 2; times += 1) {
    filtered = biquad(biquad(filtered, 300, true), 3400, false);
  }
  return filtered;
}

/** R. Bristow-Johnson, Audio EQ Cookbook. */
function biquad(samples: Float32Array, frequency: number, isHighPass: boolean): Float32Array {
  const angle = (2 * Math.PI * frequency) / RATE;
  const alpha = Math.sin(angle) / Math.SQRT2;
  const cosine = Math.cos(angle);
  const edge = isHighPass ? 1 + cosine : 1 - cosine;
  const [b0, b1, a0, a1, a2] = [
    edge / 2,
    isHighPass ? -edge : edge,
    1 + alpha,
    -2 * cosine,
    1 - alpha,
  ];
  const filtered = new Float32Array(samples.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (const [i, x] of samples.entries()) {
    const y = (b0 * x + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2) / a0;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    filtered[i] = y;
  }
  return filtered;
}
