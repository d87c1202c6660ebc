/** Lifetime of a sample, ms. */
const WINDOW_MS = 10_000;
const PART_MS = 2_000;

/**
 * Estimates the offset between capture and arrival: the difference of both clocks plus the shortest
 * transmission, as the minimum of the last ten seconds. Clocks of two computers differ by more than
 * a frame may be old, so lateness is measured against the fastest recent frame. If a clock is set,
 * the estimate follows after ten seconds.
 */
export class ClockOffset {
  /** Minimum of each part of the window, newest first. */
  #parts: { readonly began: number; smallest: number }[] = [];

  /** @returns the offset including this frame, ms. Both times are ms since 1970. */
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
