import type { VideoFrame } from '../contracts/camera.js';

/** How long an answer to a request may take before another one is sent, ms: a slow link's round trip. */
const ANSWER_TIMEOUT_MS = 500;

/**
 * Decides when a key frame is asked for: once, however often a decoder that lost its way says so,
 * until a key frame comes or the request may be taken for lost.
 */
export class KeyFrameLimit {
  readonly #now: () => number;
  #newest: VideoFrame | undefined;
  #askedAt: number | undefined;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A frame came. */
  note(frame: VideoFrame): void {
    this.#newest = frame;
    if (frame.codec !== 'jpeg' && frame.isKey) this.#askedAt = undefined;
  }

  /** Whether to ask now; counts as asked then. */
  take(): boolean {
    if (this.#newest === undefined || this.#newest.codec === 'jpeg') return false;
    const now = this.#now();
    if (this.#askedAt !== undefined && now - this.#askedAt < ANSWER_TIMEOUT_MS) return false;
    this.#askedAt = now;
    return true;
  }
}
