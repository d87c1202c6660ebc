/** Milliseconds since 1970, with fractions: the clock of `VideoFrame.capturedAt`. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** The most that a picture may be older than its arrival, in ms; more is a clock that was set. */
const MOST_DELAY = 1000;

/**
 * When pictures of a track were taken, on the clock of `VideoFrame.capturedAt`.
 *
 * A picture's own timestamp runs evenly, but from a start of the browser's choice; its arrival is on
 * the right clock, but late whenever this thread was busy. The quickest way a picture ever had to us
 * gives the distance between the two clocks, and the timestamp does the rest. What remains is the
 * time of that quickest way, a few milliseconds, which no browser tells a worker.
 */
export class CaptureClock {
  #distance = Infinity;

  /**
   * @param timestamp of the picture, ms
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
