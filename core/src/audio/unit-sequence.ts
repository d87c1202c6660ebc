/** How many numbers of units are remembered: 20 s of units of 10 ms. A power of two. */
const REMEMBERED = 2_048;
/** The longest gap that only media times show, µs; a longer one is a clock that was set. */
const MAX_GAP_US = 1_000_000;
/** By how much of a unit media times may be off before a unit seems to be missing. */
const TOLERANCE = 0.75;

/**
 * Gives each unit its place on the receiver's timeline: an index that counts units without wrapping,
 * with room for those that are missing. Recognizes copies of units, also of those that are played.
 *
 * A sender that drops units before it numbers them leaves no gap in their numbers but one in their media
 * times; both count.
 */
export class UnitSequence {
  readonly #numbers = new Float64Array(REMEMBERED).fill(-1);
  #newestNumber = 0;
  #newestIndex = -1;
  #newestMediaUs = 0;

  /** The index of the newest unit; −1 before the first. */
  get newestIndex(): number {
    return this.#newestIndex;
  }

  /** The media time of the newest unit, µs. */
  get newestMediaUs(): number {
    return this.#newestMediaUs;
  }

  /**
   * The index of a unit; undefined for a copy of a unit that came before. The index of a unit so old
   * that copies of it are forgotten is lower than any that is still wanted.
   *
   * @param number u32, wraps around
   * @param mediaTimeUs on the sender's clock, µs
   * @param unitUs the length of all units, µs
   */
  place(number: number, mediaTimeUs: number, unitUs: number): number | undefined {
    if (this.#newestIndex < 0) return this.#begin(REMEMBERED, number, mediaTimeUs);
    const step = (number - this.#newestNumber) | 0;
    if (Math.abs(step) >= REMEMBERED) {
      const isOld = step < 0 && mediaTimeUs <= this.#newestMediaUs;
      if (isOld) return this.#newestIndex + step;
      // The sender began to count again.
      this.#numbers.fill(-1);
      return this.#begin(this.#newestIndex + 1, number, mediaTimeUs);
    }
    if (this.#numbers[number % REMEMBERED] === number) return undefined;
    const direction = Math.sign(step);
    const units = (direction * (mediaTimeUs - this.#newestMediaUs)) / unitUs;
    const missing = Math.floor(units - Math.abs(step) + 1 - TOLERANCE);
    const isGap = missing > 0 && missing * unitUs <= MAX_GAP_US;
    const index = this.#newestIndex + step + (isGap ? direction * missing : 0);
    if (step > 0) return this.#begin(index, number, mediaTimeUs);
    this.#numbers[number % REMEMBERED] = number;
    return index;
  }

  reset(): void {
    this.#numbers.fill(-1);
    this.#newestIndex = -1;
  }

  /** Makes a unit the newest. */
  #begin(index: number, number: number, mediaTimeUs: number): number {
    this.#numbers[number % REMEMBERED] = number;
    this.#newestNumber = number;
    this.#newestIndex = index;
    this.#newestMediaUs = mediaTimeUs;
    return index;
  }
}
