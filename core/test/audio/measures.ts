import type { JitterBufferGauges } from '@roomkey/core/audio';
import type { Sound } from './sounds.js';

/** The largest step between two samples, over all parts that it is given, and the largest sample. */
export class StepMeter {
  largest = 0;
  peak = 0;
  #last: number | undefined;

  add(samples: Float32Array): void {
    let { largest, peak } = this;
    let last = this.#last ?? samples[0] ?? 0;
    for (const sample of samples) {
      largest = Math.max(largest, Math.abs(sample - last));
      peak = Math.max(peak, Math.abs(sample));
      last = sample;
    }
    this.largest = largest;
    this.peak = peak;
    this.#last = last;
  }
}

/**
 * The largest step that the buffer may make of a sound: 1 % more than the largest in the sound, for the
 * change of speed, and 2 % of its peak, for the fades. A click at its peak is 100 to 200 % of it.
 */
export function stepLimit(sound: Sound, samples = 480_000): number {
  const meter = new StepMeter();
  for (let first = 0; first < samples; first += 960) meter.add(sound(first, 960));
  return 1.01 * meter.largest + 0.02 * meter.peak;
}

export function concealedShare(gauges: JitterBufferGauges): number {
  return gauges.concealedSamples / gauges.playedSamples;
}

/** The greatest correlation of a part of `output` with the sound at any place up to a second before. */
export function bestCorrelation(
  output: Float32Array,
  end: number,
  length: number,
  sound: Float32Array,
) {
  const correlationAt = (delay: number, step: number): number => {
    let product = 0;
    let a = 0;
    let b = 0;
    for (let n = end - length; n < end; n += step) {
      const x = output[n]!;
      const y = sound[n - delay] ?? 0;
      product += x * y;
      a += x * x;
      b += y * y;
    }
    return a * b > 0 ? product / Math.sqrt(a * b) : 0;
  };
  let best = { delay: 0, value: -1 };
  const search = (from: number, to: number, by: number, step: number): void => {
    best = { delay: best.delay, value: -1 };
    for (let delay = from; delay <= to; delay += by) {
      const value = correlationAt(delay, step);
      if (value > best.value) best = { delay, value };
    }
  };
  search(0, 48_000, 6, 16);
  search(best.delay - 8, best.delay + 8, 1, 1);
  return best;
}
