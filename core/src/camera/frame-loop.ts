import type { FrameSource, VideoFrame } from '../contracts/camera.js';
import { asError } from '../util/deferred.js';
import { LatestValue } from '../util/latest-value.js';
import { checkQuality } from './capture-request.js';
import { QualityLimiter } from './quality-limiter.js';

/** Options of `FrameLoop`. */
export interface FrameLoopOptions {
  /** Initial JPEG quality, 1…100. */
  readonly quality: number;
  /**
   * Captures and encodes the next frame; one call at a time. `undefined` skips a frame; a rejection
   * ends the iteration with that error.
   *
   * @param quality encodes at the requested quality, or lower if the frame would be too large
   * @param signal aborted by `close()`
   */
  capture(quality: QualityLimiter, signal: AbortSignal): Promise<VideoFrame | undefined>;
  /** Releases the device: called once, never during a capture. */
  release(): void;
}

/** A `FrameSource` around a function that captures one frame; it runs until closed. */
export class FrameLoop implements FrameSource {
  readonly #frames = new LatestValue<VideoFrame>();
  readonly #closing = new AbortController();
  readonly #quality: QualityLimiter;
  readonly #ended: Promise<void>;

  constructor(options: FrameLoopOptions) {
    this.#quality = new QualityLimiter(options.quality);
    this.#ended = this.#run(options);
  }

  setQuality(quality: number): void {
    checkQuality(quality);
    this.#quality.requested = quality;
  }

  async close(): Promise<void> {
    this.#frames.end();
    this.#closing.abort();
    await this.#ended;
  }

  [Symbol.asyncIterator](): AsyncIterator<VideoFrame> {
    return this.#frames[Symbol.asyncIterator]();
  }

  async #run(options: FrameLoopOptions): Promise<void> {
    const { signal } = this.#closing;
    try {
      try {
        while (!signal.aborted) {
          const frame = await options.capture(this.#quality, signal);
          if (frame !== undefined) this.#frames.put(frame);
        }
      } finally {
        options.release();
      }
    } catch (error) {
      // After close() the iteration has already ended; this has no effect.
      this.#frames.end(asError(error));
    }
  }
}
