/** The largest change of speed: 0.4 %, 7 cents, which no one hears. Real sound cards differ by 0.02 %. */
export const MAX_RATE_CHANGE = 0.004;

/** The samples on which an interpolated one depends. */
const TAPS = 4;

/**
 * Changes the speed of a sound by at most 0.4 %, with cubic interpolation between its samples
 * (Catmull-Rom, a cubic Hermite spline). Delays it by three samples.
 */
export class CubicResampler {
  /** The next input: as many samples as `inputCount` said, from `inputOffset`. */
  readonly input: Float32Array;
  readonly inputOffset = TAPS;
  /** Input samples for one output sample, 0.996…1.004. A field: V8 allocates arguments of this kind. */
  rate = 1;
  readonly #maxOutput: number;
  /** Where the next output sample lies after the second of the four samples before the input, 0…1. */
  #phase = 0;

  /** @param maxOutput the number of output samples of one step */
  constructor(maxOutput: number) {
    this.#maxOutput = maxOutput;
    this.input = new Float32Array(TAPS + Math.ceil(maxOutput * (1 + MAX_RATE_CHANGE)) + 1);
  }

  /**
   * The number of input samples for a number of output samples.
   *
   * @throws RangeError if it is more output than one step has
   */
  inputCount(outputCount: number): number {
    if (outputCount > this.#maxOutput) throw new RangeError(`${outputCount} samples are too many.`);
    return Math.floor(this.#phase + outputCount * this.rate);
  }

  /** Writes the output for the samples that were put into `input`. */
  process(output: Float32Array, from: number, count: number): void {
    const { input, rate } = this;
    const phase = this.#phase;
    for (let i = 0; i < count; i += 1) {
      const position = phase + i * rate;
      const at = Math.floor(position);
      output[from + i] = interpolate(input, at, position - at);
    }
    const used = Math.floor(phase + count * rate);
    this.#phase = phase + count * rate - used;
    input.copyWithin(0, used, used + TAPS);
  }

  reset(): void {
    this.input.fill(0);
    this.rate = 1;
    this.#phase = 0;
  }
}

/** Between the second and third of four samples; `phase` 0…1 is how far. */
function interpolate(samples: Float32Array, at: number, phase: number): number {
  const a = samples[at] ?? 0;
  const b = samples[at + 1] ?? 0;
  const c = samples[at + 2] ?? 0;
  const d = samples[at + 3] ?? 0;
  const cubic = 3 * (b - c) + d - a;
  const square = 2 * a - 5 * b + 4 * c - d;
  return b + 0.5 * phase * (c - a + phase * (square + phase * cubic));
}
