/** Lets no more pictures through than were asked for, evenly spread. */
export class FrameRateLimit {
  readonly #interval: number;
  #due = 0;

  /** @param fps pictures a second */
  constructor(fps: number) {
    this.#interval = 1000 / fps;
  }

  /** @param time when it was taken, ms */
  admits(time: number): boolean {
    // A quarter of an interval early is the camera's unsteadiness, not a higher rate.
    if (time < this.#due - this.#interval / 4) return false;
    this.#due = Math.max(this.#due, time - this.#interval) + this.#interval;
    return true;
  }
}
