import { SAMPLE_RATE, SAMPLES_PER_MS } from './format.js';

/** The most sound that is ever held, from the sample to be played next to the newest: 1 s, in samples. */
export const CAPACITY_SAMPLES = SAMPLE_RATE;

/** The lengths that a unit may have: 10 and 20 ms, in samples. */
const UNIT_LENGTHS = [10 * SAMPLES_PER_MS, 20 * SAMPLES_PER_MS];
const SHORTEST_UNIT = 10 * SAMPLES_PER_MS;
/** One more than the capacity, because the first unit may be played in part. */
const SLOTS = CAPACITY_SAMPLES / SHORTEST_UNIT + 2;

/** The samples of the next second by their place on the timeline, in memory that never grows. */
export class UnitRing {
  readonly #samples = new Float32Array(SLOTS * SHORTEST_UNIT);
  /** The index of the unit in each slot; −1 for none. */
  readonly #indexes = new Float64Array(SLOTS).fill(-1);
  #slots = SLOTS;
  #unitLength = SHORTEST_UNIT;

  /** Samples. */
  get unitLength(): number {
    return this.#unitLength;
  }

  /**
   * Empties the ring, and fixes the length of its units.
   *
   * @throws RangeError unless it is 10 or 20 ms
   */
  clear(unitLength: number): void {
    if (!UNIT_LENGTHS.includes(unitLength)) {
      throw new RangeError(`A unit of sound has 480 or 960 samples, and not ${unitLength}.`);
    }
    this.#unitLength = unitLength;
    this.#slots = (SLOTS * SHORTEST_UNIT) / unitLength;
    this.#indexes.fill(-1);
  }

  /** Copies a unit, in place of the one that is a ring's length older. */
  write(index: number, samples: Float32Array): void {
    const slot = index % this.#slots;
    this.#samples.set(samples, slot * this.#unitLength);
    this.#indexes[slot] = index;
  }

  has(index: number): boolean {
    return this.#indexes[index % this.#slots] === index;
  }

  /** Copies samples that lie within one unit, which is there. */
  read(position: number, target: Float32Array, from: number, count: number): void {
    const first = position % (this.#slots * this.#unitLength);
    for (let i = 0; i < count; i += 1) target[from + i] = this.#samples[first + i] ?? 0;
  }

  /** Copies samples from one or more units. @returns false if one of them is not there */
  copy(position: number, target: Float32Array, count: number): boolean {
    const last = Math.floor((position + count - 1) / this.#unitLength);
    for (let index = Math.floor(position / this.#unitLength); index <= last; index += 1) {
      if (!this.has(index)) return false;
    }
    const ring = this.#slots * this.#unitLength;
    const first = position % ring;
    const straight = Math.min(count, ring - first);
    this.read(position, target, 0, straight);
    this.read(position + straight, target, straight, count - straight);
    return true;
  }
}
