/** Limits the frame rate, with even spacing. */
export class FrameRateLimit {
  readonly #interval: number;
  #due = 0;

  /** @param fps frames per second */
  constructor(fps: number) {
    this.#interval = 1000 / fps;
  }

  /** @param time capture time, ms */
  admits(time: number): boolean {
    // A quarter of an interval early is jitter of the camera, not a higher rate.
    if (time < this.#due - this.#interval / 4) return false;
    this.#due = Math.max(this.#due, time - this.#interval) + this.#interval;
    return true;
  }
}
