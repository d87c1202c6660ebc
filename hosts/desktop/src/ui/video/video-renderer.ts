import type { NumberedVideoUnit } from '@roomkey/core/wire';
import { Painter, type PreparedFrame } from './painter.js';
import { PictureDecoder, type Picture } from './picture-decoder.js';
import { ShownCounter, type PlayerStatistics } from './statistics.js';

/** Callbacks of a renderer. */
export interface RendererEvents {
  /** Called when nothing can be decoded before the next key unit. */
  onKeyFrameNeeded(): void;
  /** Called once for each unit, when it was drawn or skipped. */
  onConsumed(number: number): void;
}

/** Decodes units, and draws the newest picture on a canvas with each animation frame. */
export class VideoRenderer {
  readonly #painter: Painter;
  readonly #decoder: PictureDecoder;
  readonly #events: RendererEvents;
  readonly #counter = new ShownCounter();
  /** The picture for the next animation frame. */
  #next: PreparedFrame | undefined;
  #newest = -1;
  #isPreparing = false;
  #isClosed = false;

  constructor(canvas: OffscreenCanvas | HTMLCanvasElement, events: RendererEvents) {
    this.#events = events;
    this.#painter = new Painter(canvas);
    this.#decoder = new PictureDecoder({
      onPicture: (picture) => void this.#onPicture(picture),
      onKeyFrameNeeded: () => events.onKeyFrameNeeded(),
      onDropped: (number) => this.#drop(number),
    });
  }

  push(unit: NumberedVideoUnit): void {
    this.#decoder.decode(unit);
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

  async #onPicture(picture: Picture): Promise<void> {
    const frame = await this.#prepare(picture);
    // A JPEG can be ready after the first picture of the codec that follows it.
    const isLate = this.#isClosed || picture.number < this.#newest;
    const skipped = isLate ? frame : this.#next;
    if (skipped !== undefined) {
      this.#painter.discard(skipped);
      this.#drop(skipped.picture.number);
    }
    if (isLate) return;
    if (this.#next === undefined) requestAnimationFrame(() => this.#draw());
    this.#next = frame;
    this.#newest = picture.number;
  }

  /**
   * Prepares one picture at a time, and only if none is ready. In a hidden window, or if more pictures
   * arrive than are drawn, preparing all of them would be useless and delay the newest.
   */
  async #prepare(picture: Picture): Promise<PreparedFrame> {
    if (this.#isPreparing || this.#next !== undefined) return { picture };
    this.#isPreparing = true;
    const frame = await this.#painter.prepare(picture);
    this.#isPreparing = false;
    return frame;
  }

  #draw(): void {
    const frame = this.#next;
    if (frame === undefined) return;
    this.#next = undefined;
    const { codec, capturedAt, number } = frame.picture;
    const age = now() - capturedAt;
    const { width, height } = this.#painter.draw(frame);
    this.#counter.show(now(), age, width, height, codec);
    this.#events.onConsumed(number);
  }

  #drop(number: number): void {
    this.#counter.drop();
    this.#events.onConsumed(number);
  }
}

/** Milliseconds since 1970, with fractions; the same in a page and its workers. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
