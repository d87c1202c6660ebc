/** How long a sample counts, ms. */
const WINDOW_MS = 10_000;
const PART_MS = 2_000;

/**
 * What the sender's clock and the way through together put between the time a picture was taken and
 * its arrival, at least: the smallest difference of the last ten seconds. The clocks of two machines
 * differ by more than a picture may be old, so age is told as what a picture took longer than the
 * fastest of late; a clock that is set is followed after those ten seconds.
 */
export class ClockOffset {
  /** The smallest difference of each part of the window, newest first. */
  #parts: { readonly began: number; smallest: number }[] = [];

  /** @returns the offset, ms, with this picture counted. Both times are ms since 1970. */
  update(capturedAt: number, arrivedAt: number): number {
    const difference = arrivedAt - capturedAt;
    const [newest] = this.#parts;
    if (newest !== undefined && arrivedAt - newest.began < PART_MS) {
      newest.smallest = Math.min(newest.smallest, difference);
    } else {
      const kept = this.#parts.filter(({ began }) => arrivedAt - began < WINDOW_MS);
      this.#parts = [{ began: arrivedAt, smallest: difference }, ...kept];
    }
    return Math.min(...this.#parts.map(({ smallest }) => smallest));
  }
}
