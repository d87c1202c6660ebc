import type { NumberedFrame, VideoFrame } from '@roomkey/core/host';
import { BinaryKind, encodePageFrame, type Port } from '../messages/index.js';

/**
 * How many bytes may wait on the way to the page before pictures are dropped. A page that keeps up
 * leaves nothing waiting. This is two pictures of 1280 × 720 as JPEG, or half a second of a stream of
 * 4 Mbit/s: whatever came behind it would be thrown away by the page as too old.
 */
const MAX_PENDING_BYTES = 256 * 1024;
/** Less than one picture, so that of the own ones at most one waits and the partner's go first. */
const MAX_PENDING_PREVIEW_BYTES = 64 * 1024;

/** Decides which pictures a page gets, so that a slow one sees fewer and not older ones. */
export class FrameGate {
  readonly #port: Pick<Port, 'send' | 'pendingBytes'>;
  readonly #onKeyFrameNeeded: () => void;
  /** Until a key frame, for a page that has just come or missed a picture. */
  #needsKeyFrame = true;
  #previews = 0;

  /** @param onKeyFrameNeeded called for each picture that cannot be decoded without one dropped before */
  constructor(port: Pick<Port, 'send' | 'pendingBytes'>, onKeyFrameNeeded: () => void) {
    this.#port = port;
    this.#onKeyFrameNeeded = onKeyFrameNeeded;
  }

  /** A picture of the partner's. */
  remote({ number, frame }: NumberedFrame): void {
    const isKey = frame.codec === 'jpeg' || frame.isKey;
    if (this.#port.pendingBytes > MAX_PENDING_BYTES) {
      this.#needsKeyFrame = true;
      return;
    }
    if (this.#needsKeyFrame && !isKey) {
      // Not before the page has room for it: key frames are large.
      this.#onKeyFrameNeeded();
      return;
    }
    // After a JPEG comes another one, or the first frame of another codec, which is a key frame.
    this.#needsKeyFrame = false;
    this.#port.send(encodePageFrame({ kind: BinaryKind.remote, number, frame }));
  }

  /** A picture of the own camera. */
  preview(frame: VideoFrame): void {
    const number = this.#previews++ % 2 ** 32;
    if (this.#port.pendingBytes > MAX_PENDING_PREVIEW_BYTES) return;
    this.#port.send(encodePageFrame({ kind: BinaryKind.preview, number, frame }));
  }
}
