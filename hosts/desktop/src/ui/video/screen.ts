import type { ArrivedFrame } from './arrived-frame.js';
import { ClockOffset } from './clock-offset.js';
import { PictureDecoder, type Picture } from './picture-decoder.js';
import { ShownCounter, type PlayerStatistics } from './statistics.js';

/** A picture that took this much longer than the fastest of late is not shown, ms. */
const MAX_AGE_MS = 300;

/** What has a canvas, and shows on it the newest picture of those that come. */
export class Screen {
  readonly #canvas: OffscreenCanvas | HTMLCanvasElement;
  readonly #context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;
  readonly #decoder: PictureDecoder;
  readonly #offset = new ClockOffset();
  readonly #counter = new ShownCounter();
  /** What the next animation frame shows. */
  #next: Picture | undefined;
  #offsetMs = 0;
  #newestArrivedAt = -Infinity;

  constructor(canvas: OffscreenCanvas | HTMLCanvasElement, onKeyFrameNeeded: () => void) {
    const context = canvas.getContext('2d', { alpha: false, desynchronized: true });
    if (context === null) throw new Error('The canvas has been given to something else before.');
    this.#canvas = canvas;
    this.#context = context as OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;
    this.#decoder = new PictureDecoder({
      onPicture: (picture) => this.#take(picture),
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
    this.#decoder.close();
    this.#next?.image.close();
    this.#next = undefined;
  }

  #take(picture: Picture): void {
    // A JPEG can be ready after the first picture of the codec that follows it.
    const isLate = picture.arrivedAt < this.#newestArrivedAt;
    const skipped = isLate ? picture : this.#next;
    if (skipped !== undefined) {
      skipped.image.close();
      this.#counter.drop();
    }
    if (isLate) return;
    if (this.#next === undefined) requestAnimationFrame(() => this.#draw());
    this.#next = picture;
    this.#newestArrivedAt = picture.arrivedAt;
  }

  #draw(): void {
    if (this.#next === undefined) return;
    const { image, codec, capturedAt } = this.#next;
    this.#next = undefined;
    const age = now() - capturedAt;
    if (age - this.#offsetMs > MAX_AGE_MS) {
      this.#counter.drop();
      image.close();
      return;
    }
    const width = 'displayWidth' in image ? image.displayWidth : image.width;
    const height = 'displayHeight' in image ? image.displayHeight : image.height;
    // Setting them, even to what they are, clears the canvas.
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    this.#context.drawImage(image, 0, 0);
    image.close();
    this.#counter.show(now(), age, width, height, codec);
  }
}

/** Milliseconds since 1970, with fractions; the same in a page and its workers. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
