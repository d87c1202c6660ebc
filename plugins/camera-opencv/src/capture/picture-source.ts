import type { Mat } from './opencv.js';

/** Gives the pictures of an open source at the rate that was asked for. */
export interface PictureSource {
  /**
   * The next picture, for the caller to release; undefined where one was left out to keep the rate.
   *
   * @throws RoomkeyError `RK_CAMERA_LOST` where there is none any more
   */
  next(closing: AbortSignal): Promise<Mat | undefined>;
  /** Gives the source back; never during `next`. */
  release(): void;
}

/** Leaves out pictures of a source that is faster than asked. */
export class FrameRateLimiter {
  readonly #interval: number;
  #due: number | undefined;

  /** @param fps pictures a second, at most */
  constructor(fps: number) {
    this.#interval = 1000 / fps;
  }

  /** @param time when the picture was taken, ms of any clock; never smaller than the one before */
  admits(time: number): boolean {
    // A quarter of an interval early is the source's unsteadiness, not a higher rate.
    const due = this.#due ?? time;
    if (time < due - this.#interval / 4) return false;
    this.#due = Math.max(due, time - this.#interval) + this.#interval;
    return true;
  }
}
