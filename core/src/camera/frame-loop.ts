import type { FrameSource, VideoFrame } from '../contracts/camera.js';
import { asError } from '../util/deferred.js';
import { LatestValue } from '../util/latest-value.js';
import { checkQuality } from './capture-request.js';
import { QualityLimiter } from './quality-limiter.js';

/** How a camera takes its pictures. */
export interface FrameLoopOptions {
  /** JPEG quality to begin with, 1…100. */
  readonly quality: number;
  /**
   * Takes and encodes the next picture; one call at a time. `undefined` shows nothing this time; a
   * rejection ends the iteration with that error.
   *
   * @param quality encodes at the quality that is asked for, or less where the frame would be too large
   * @param signal aborted by `close()`
   */
  capture(quality: QualityLimiter, signal: AbortSignal): Promise<VideoFrame | undefined>;
  /** Gives the device back: called once, never during a capture. */
  release(): void;
}

/** A `FrameSource` around a function that takes one picture: pictures are taken until it is closed. */
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
      // After close() the iteration has ended already, and this changes nothing.
      this.#frames.end(asError(error));
    }
  }
}
