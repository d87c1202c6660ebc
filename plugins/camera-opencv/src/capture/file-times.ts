import type { NativeCapture, OpenCv } from './opencv.js';

/** Due times of a file's pictures, in ms since its first; continues when the file restarts. */
export class FileTimes {
  readonly #openCv: OpenCv;
  /** Interval for pictures without a time in the file, ms. */
  readonly #interval: number;
  /** The file's time of the first picture in this loop. */
  #origin: number | undefined;
  #roundStart = 0;
  #last = 0;

  constructor(openCv: OpenCv, capture: NativeCapture) {
    this.#openCv = openCv;
    const rate = capture.get(openCv.CAP_PROP_FPS);
    // Some files have no rate; no camera exceeds 240.
    this.#interval = 1000 / (rate > 0 && rate <= 240 ? rate : 25);
  }

  /** The due time of the picture that was just read. */
  read(capture: NativeCapture): number {
    const position = capture.get(this.#openCv.CAP_PROP_POS_MSEC);
    // A format without times gives a large negative value.
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

  /** Call when the file restarts. */
  beginAgain(): void {
    this.#roundStart = this.#last + this.#interval;
    this.#origin = undefined;
  }
}
