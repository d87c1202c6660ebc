/** Milliseconds since 1970, with fractions: the clock of a unit's `capturedAt`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Maximum age of an image on arrival, ms; more means that a clock was set. */
const MOST_DELAY = 1000;

/**
 * The capture times of a track's pictures, on the clock of a unit's `capturedAt`.
 *
 * An image's timestamp runs evenly but from an arbitrary origin; its arrival time has the right
 * clock but is late whenever this thread was busy. The smallest difference of the two is the offset
 * between the clocks, and the timestamp does the rest. The remaining error is the shortest delivery
 * time, a few milliseconds, which browsers do not report to workers.
 */
export class CaptureClock {
  #distance = Infinity;

  /**
   * @param timestamp of the image, ms
   * @param arrivedAt ms since 1970
   * @returns ms since 1970
   */
  capturedAt(timestamp: number, arrivedAt: number): number {
    const distance = arrivedAt - timestamp;
    if (distance < this.#distance || distance > this.#distance + MOST_DELAY) {
      this.#distance = distance;
    }
    return timestamp + this.#distance;
  }
}
