import type { ArrivedFrame } from './arrived-frame.js';
import { ClockOffset } from './clock-offset.js';
import { Painter, type Sketch } from './painter.js';
import { PictureDecoder, type Picture } from './picture-decoder.js';
import { ShownCounter, type PlayerStatistics } from './statistics.js';

/** Frames later than this compared with the fastest recent one are not shown, ms. */
const MAX_AGE_MS = 300;

/** Decodes frames and shows the newest image on a canvas. */
export class Screen {
  readonly #painter: Painter;
  readonly #decoder: PictureDecoder;
  readonly #offset = new ClockOffset();
  readonly #counter = new ShownCounter();
  /** Drawn in the next animation frame. */
  #next: Sketch | undefined;
  #offsetMs = 0;
  #newestArrivedAt = -Infinity;
  #isPreparing = false;
  #isClosed = false;

  constructor(canvas: OffscreenCanvas | HTMLCanvasElement, onKeyFrameNeeded: () => void) {
    this.#painter = new Painter(canvas);
    this.#decoder = new PictureDecoder({
      onPicture: (picture) => void this.#take(picture),
      onKeyFrameNeeded,
      onDropped: () => this.#counter.drop(),
    });
  }

  push(frame: ArrivedFrame): void {
    this.#offsetMs = this.#offset.update(frame.capturedAt, frame.arrivedAt);
    this.#decoder.decode(frame);
  }

  statistics(): PlayerStatistics {
    return this.#counter.statistics(now());
  }

  close(): void {
    this.#isClosed = true;
    this.#decoder.close();
    if (this.#next !== undefined) this.#painter.discard(this.#next);
    this.#next = undefined;
  }

  async #take(picture: Picture): Promise<void> {
    const sketch = await this.#prepare(picture);
    // A JPEG may be decoded after the first frame of the next codec.
    const isLate = this.#isClosed || picture.arrivedAt < this.#newestArrivedAt;
    const skipped = isLate ? sketch : this.#next;
    if (skipped !== undefined) {
      this.#painter.discard(skipped);
      this.#counter.drop();
    }
    if (isLate) return;
    if (this.#next === undefined) requestAnimationFrame(() => this.#draw());
    this.#next = sketch;
    this.#newestArrivedAt = picture.arrivedAt;
  }

  /**
   * Prepares one image at a time, and only if none is ready: in a hidden window, and when frames
   * arrive faster than they are drawn, it would be wasted work that delays the newest.
   */
  async #prepare(picture: Picture): Promise<Sketch> {
    if (this.#isPreparing || this.#next !== undefined) return { picture };
    this.#isPreparing = true;
    const sketch = await this.#painter.prepare(picture);
    this.#isPreparing = false;
    return sketch;
  }

  #draw(): void {
    const sketch = this.#next;
    if (sketch === undefined) return;
    this.#next = undefined;
    const { codec, capturedAt } = sketch.picture;
    const age = now() - capturedAt;
    if (age - this.#offsetMs > MAX_AGE_MS) {
      this.#counter.drop();
      this.#painter.discard(sketch);
      return;
    }
    const { width, height } = this.#painter.draw(sketch);
    this.#counter.show(now(), age, width, height, codec);
  }
}

/** Ms since 1970, with fractions; the same in a page and its workers. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
