import type { NativeCapture, OpenCv } from './opencv.js';

/** When the pictures of a file are due, in ms since its first; it goes on where the file begins again. */
export class FileTimes {
  readonly #openCv: OpenCv;
  /** Where the file says nothing of a picture, it comes this long after the one before, ms. */
  readonly #interval: number;
  /** What the file says of the first picture of this round. */
  #origin: number | undefined;
  #roundStart = 0;
  #last = 0;

  constructor(openCv: OpenCv, capture: NativeCapture) {
    this.#openCv = openCv;
    const rate = capture.get(openCv.CAP_PROP_FPS);
    // Some files do not say; no camera is faster than 240.
    this.#interval = 1000 / (rate > 0 && rate <= 240 ? rate : 25);
  }

  /** The time of the picture that was just read. */
  read(capture: NativeCapture): number {
    const position = capture.get(this.#openCv.CAP_PROP_POS_MSEC);
    // A format without times has a large negative one here.
    const said = Number.isFinite(position) && position >= 0 ? position : undefined;
    if (this.#origin === undefined) {
      this.#origin = said ?? 0;
      this.#last = this.#roundStart;
    } else {
      const time = said === undefined ? 0 : this.#roundStart + said - this.#origin;
      this.#last = time > this.#last ? time : this.#last + this.#interval;
    }
    return this.#last;
  }

  /** The file begins again. */
  beginAgain(): void {
    this.#roundStart = this.#last + this.#interval;
    this.#origin = undefined;
  }
}
