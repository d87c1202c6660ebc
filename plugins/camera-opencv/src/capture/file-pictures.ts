import { setTimeout as delay } from 'node:timers/promises';
import type { CaptureRequest, RoomkeyError } from '@roomkey/core';
import { upright, type Orientation } from './display-matrix.js';
import { lost } from './failures.js';
import { FileTimes } from './file-times.js';
import { readPicture, setProperty, type Mat, type NativeCapture, type OpenCv } from './opencv.js';
import { FrameRateLimiter, type PictureSource } from './picture-source.js';

/** How late a picture may be before the rest of the file is delayed, ms: prevents bursts. */
const MAX_LATE = 100;

/** A file instead of a camera: plays at its own speed, in a loop. */
export class FilePictures implements PictureSource {
  readonly #openCv: OpenCv;
  readonly #reopen: () => Promise<NativeCapture>;
  readonly #orientation: Orientation | undefined;
  readonly #times: FileTimes;
  readonly #rate: FrameRateLimiter;
  readonly #fps: number;
  #capture: NativeCapture;
  /** Due time of the first picture, ms of `performance.now`. */
  #start: number | undefined;
  /** Number of pictures in this loop. */
  #count = 0;
  /** The picture of a file with a single picture. */
  #still: Mat | undefined;
  #stillTime = 0;

  /**
   * @param reopen opens the file again if it cannot be rewound
   * @param orientation orientation of its pictures; absent: OpenCV rotates them
   */
  constructor(
    openCv: OpenCv,
    capture: NativeCapture,
    reopen: () => Promise<NativeCapture>,
    request: CaptureRequest,
    orientation?: Orientation,
  ) {
    this.#openCv = openCv;
    this.#capture = capture;
    this.#reopen = reopen;
    this.#orientation = orientation;
    this.#times = new FileTimes(openCv, this.#capture);
    this.#rate = new FrameRateLimiter(request.fps);
    this.#fps = request.fps;
  }

  async next(closing: AbortSignal): Promise<Mat | undefined> {
    if (this.#still !== undefined) {
      this.#stillTime += 1000 / this.#fps;
      await this.#waitUntilDue(this.#stillTime, closing);
      return this.#still.copy();
    }
    let picture = await readPicture(this.#capture);
    let isStill = false;
    if (picture.empty) {
      picture.release();
      isStill = this.#count === 1;
      picture = await this.#beginAgain();
    }
    this.#count += 1;
    const time = this.#times.read(this.#capture);
    if (!this.#rate.admits(time)) {
      picture.release();
      return undefined;
    }
    if (this.#orientation !== undefined) picture = upright(picture, this.#orientation);
    try {
      await this.#waitUntilDue(time, closing);
    } catch (error) {
      picture.release();
      throw error;
    }
    if (isStill) {
      this.#still = picture.copy();
      this.#stillTime = time;
    }
    return picture;
  }

  release(): void {
    this.#still?.release();
    this.#still = undefined;
    this.#capture.release();
  }

  /** Restarts the file and returns its first picture. */
  async #beginAgain(): Promise<Mat> {
    this.#count = 0;
    this.#times.beginAgain();
    await setProperty(this.#capture, this.#openCv.CAP_PROP_POS_FRAMES, 0);
    let picture = await readPicture(this.#capture);
    if (!picture.empty) return picture;
    picture.release();
    // A file without an index, such as Motion JPEG, cannot be rewound.
    try {
      const capture = await this.#reopen();
      this.#capture.release();
      this.#capture = capture;
    } catch (cause) {
      throw gone(cause);
    }
    picture = await readPicture(this.#capture);
    if (!picture.empty) return picture;
    picture.release();
    throw gone();
  }

  async #waitUntilDue(time: number, closing: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#start ??= now - time;
    if (now - this.#start - time > MAX_LATE) this.#start = now - time;
    try {
      await delay(this.#start + time - now, undefined, { signal: closing });
    } catch {
      closing.throwIfAborted();
    }
  }
}

function gone(cause?: unknown): RoomkeyError {
  return lost('The video file ended and cannot be restarted. Check that it still exists.', cause);
}
