import type { Mat } from './opencv.js';

/** Delivers the pictures of an open source at the requested rate. */
export interface PictureSource {
  /**
   * The next picture, to be released by the caller; undefined if one was dropped to keep the rate.
   *
   * @throws RoomkeyError `RK_CAMERA_LOST` at the end
   */
  next(closing: AbortSignal): Promise<Mat | undefined>;
  /** Releases the source; never during `next`. */
  release(): void;
}

/** Drops pictures of a source that is faster than requested. */
export class FrameRateLimiter {
  readonly #interval: number;
  #due: number | undefined;

  /** @param fps maximum pictures per second */
  constructor(fps: number) {
    this.#interval = 1000 / fps;
  }

  /** @param time capture time, ms of any clock; never decreases */
  admits(time: number): boolean {
    // A quarter of an interval early is jitter, not a higher rate.
    const due = this.#due ?? time;
    if (time < due - this.#interval / 4) return false;
    this.#due = Math.max(due, time - this.#interval) + this.#interval;
    return true;
  }
}
