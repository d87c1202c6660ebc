import type { VideoSource } from '../contracts/camera.js';
import { asError } from '../util/deferred.js';
import { LatestValue } from '../util/latest-value.js';
import type { VideoUnit } from '../wire/index.js';
import { checkQuality } from './capture-request.js';
import { QualityLimiter } from './quality-limiter.js';

/** How a camera takes its pictures. */
export interface CaptureLoopOptions {
  /** JPEG quality to begin with, 1…100. */
  readonly quality: number;
  /**
   * Captures and encodes the next frame; one call at a time. `undefined` skips a frame; a rejection
   * ends the iteration with that error.
   *
   * @param quality encodes at the quality that is asked for, or less where the unit would be too large
   * @param signal aborted by `close()`
   */
  capture(quality: QualityLimiter, signal: AbortSignal): Promise<VideoUnit | undefined>;
  /** Gives the device back: called once, never during a capture. */
  release(): void;
}

/** A `VideoSource` around a function that takes one picture: pictures are taken until it is closed. */
export class CaptureLoop implements VideoSource {
  readonly #units = new LatestValue<VideoUnit>();
  readonly #closing = new AbortController();
  readonly #quality: QualityLimiter;
  readonly #ended: Promise<void>;

  constructor(options: CaptureLoopOptions) {
    this.#quality = new QualityLimiter(options.quality);
    this.#ended = this.#run(options);
  }

  setQuality(quality: number): void {
    checkQuality(quality);
    this.#quality.requested = quality;
  }

  async close(): Promise<void> {
    this.#units.end();
    this.#closing.abort();
    await this.#ended;
  }

  [Symbol.asyncIterator](): AsyncIterator<VideoUnit> {
    return this.#units[Symbol.asyncIterator]();
  }

  async #run(options: CaptureLoopOptions): Promise<void> {
    const { signal } = this.#closing;
    try {
      try {
        while (!signal.aborted) {
          const unit = await options.capture(this.#quality, signal);
          if (unit !== undefined) this.#units.put(unit);
        }
      } finally {
        options.release();
      }
    } catch (error) {
      // After close() the iteration has ended already, and this changes nothing.
      this.#units.end(asError(error));
    }
  }
}
