/** How long a sample counts, ms. */
const WINDOW_MS = 10_000;
const PARTS = 5;

/**
 * What the sender's clock and the way through together put between the time a picture was taken and
 * its arrival, at least: the smallest difference of the last ten seconds. The clocks of two machines
 * differ by more than a picture may be old, so age is told as what a picture took longer than the
 * fastest of late; a clock that is set is followed after those ten seconds.
 */
export class ClockOffset {
  /** The smallest of each part of the window, newest first. */
  #minima: number[] = [];
  #partBegan = -Infinity;

  /** @returns the offset, ms, with this picture counted. Both times are ms since 1970. */
  update(capturedAt: number, arrivedAt: number): number {
    if (arrivedAt - this.#partBegan >= WINDOW_MS / PARTS) {
      if (arrivedAt - this.#partBegan >= WINDOW_MS) this.#minima = [];
      this.#partBegan = arrivedAt;
      this.#minima = [Infinity, ...this.#minima].slice(0, PARTS);
    }
    this.#minima[0] = Math.min(this.#minima[0] ?? Infinity, arrivedAt - capturedAt);
    return Math.min(...this.#minima);
  }
}
