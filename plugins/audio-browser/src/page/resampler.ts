/** Samples at each side of a place from which the sound there is computed. */
const REACH = 16;
/** Values of the kernel between two samples; between these it is linear. */
const RESOLUTION = 512;
/** The part of the lower rate's band that passes. */
const PASS = 0.92;

/**
 * Converts sound to another rate, with a windowed sinc. Chromium's encoder would do that too, but gives
 * each packet one unit later then, 20 ms.
 */
export class Resampler {
  /** Input samples for one output sample. */
  readonly #step: number;
  readonly #kernel: Float32Array;
  /** The input that later output depends on. */
  #input = new Float32Array(2 * REACH);
  /** Where the next output sample lies in the input. */
  #position = REACH;

  constructor(fromRate: number, toRate: number) {
    this.#step = fromRate / toRate;
    this.#kernel = sincKernel(PASS * Math.min(1, toRate / fromRate));
  }

  /** By how many input samples the output is late. */
  readonly delay = REACH;

  /** @returns what can be computed so far */
  process(samples: Float32Array): Float32Array {
    const input = new Float32Array(this.#input.length + samples.length);
    input.set(this.#input);
    input.set(samples, this.#input.length);
    const last = input.length - REACH;
    const output = new Float32Array(Math.max(0, Math.ceil((last - this.#position) / this.#step)));
    for (let i = 0; i < output.length; i += 1) {
      output[i] = this.#at(input, this.#position + i * this.#step);
    }
    this.#position += output.length * this.#step;
    const used = Math.floor(this.#position) - REACH;
    this.#input = input.slice(used);
    this.#position -= used;
    return output;
  }

  #at(input: Float32Array, position: number): number {
    const kernel = this.#kernel;
    const first = Math.floor(position) - REACH + 1;
    let sum = 0;
    for (let i = Math.max(0, first); i < first + 2 * REACH; i += 1) {
      const place = Math.abs(position - i) * RESOLUTION;
      const index = Math.floor(place);
      const low = kernel[index] ?? 0;
      const value = low + ((kernel[index + 1] ?? 0) - low) * (place - index);
      sum += (input[i] ?? 0) * value;
    }
    return sum;
  }
}

/** One half of a sinc with a Blackman window. @param cutoff a share of half the input's rate */
function sincKernel(cutoff: number): Float32Array {
  const kernel = new Float32Array(REACH * RESOLUTION + 1);
  for (let i = 0; i < kernel.length; i += 1) {
    const x = i / RESOLUTION;
    const angle = Math.PI * x * cutoff;
    const sinc = i === 0 ? 1 : Math.sin(angle) / angle;
    const turn = (Math.PI * x) / REACH;
    const window = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    kernel[i] = cutoff * sinc * window;
  }
  return kernel;
}
