/** Milliseconds since 1970, with fractions: the clock of a unit's `capturedAt`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** The least distance of this time counts, ms: a busy thread reads nothing in time for as long at the most. */
const WINDOW = 1000;
/** The parts in which the window moves on. */
const PARTS = 4;
/** A distance that is off by more, ms, is corrected at once: the device left out some sound. */
const STEP = 50;
/** Smaller errors are corrected by this share of the time that passes, so that units keep their pace. */
const SLEW = 0.02;

/**
 * The capture times of a track's sound, on the clock of a unit's `capturedAt`.
 *
 * A timestamp runs evenly but from an arbitrary origin, and Chromium's does not count what a busy
 * computer could not capture; the arrival has the right clock but is late whenever this thread was
 * busy. The least difference of the two in the last second is the distance between the clocks. The
 * remaining error is the shortest delivery time, a few milliseconds, which browsers do not report.
 */
export class CaptureClock {
  #distance: number | undefined;
  /** The least distance of each part of the window, the newest last. */
  #least: number[] = [];
  #partEnd = 0;
  #last = 0;
  /** The newest timestamp. */
  #newest = -Infinity;

  /**
   * @param timestamp of the first sample, ms
   * @param duration ms
   * @param arrivedAt ms since 1970
   * @returns ms since 1970
   */
  capturedAt(timestamp: number, duration: number, arrivedAt: number): number {
    // Chromium gives a worker one piece of sound ahead of those that waited before it.
    if (timestamp < this.#newest) this.#forget();
    this.#newest = timestamp;
    const distance = arrivedAt - timestamp - duration;
    if (arrivedAt >= this.#partEnd) {
      this.#least = [...this.#least, distance].slice(-PARTS);
      this.#partEnd = arrivedAt + WINDOW / PARTS;
    }
    const part = this.#least.length - 1;
    this.#least[part] = Math.min(this.#least[part] ?? distance, distance);
    this.#distance ??= distance;
    const error = Math.min(...this.#least) - this.#distance;
    const most = Math.abs(error) > STEP ? Infinity : Math.max(0, arrivedAt - this.#last) * SLEW;
    this.#distance += Math.max(-most, Math.min(most, error));
    this.#last = arrivedAt;
    return timestamp + this.#distance;
  }

  #forget(): void {
    this.#distance = undefined;
    this.#least = [];
    this.#partEnd = 0;
  }
}
