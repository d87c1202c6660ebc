import type { NumberedFrame, VideoFrame } from '@roomkey/core/host';
import { BinaryKind, encodePageFrame, type Port } from '../messages/index.js';

/**
 * Bytes that may be pending before frames are dropped. A page that keeps up leaves nothing pending.
 * Two 1280 × 720 JPEG images, or half a second at 4 Mbit/s: frames behind a longer queue would be
 * dropped by the page as too old.
 */
const MAX_PENDING_BYTES = 256 * 1024;
/**
 * Less than one image, so at most one preview frame is pending and the partner's frames go first.
 */
const MAX_PENDING_PREVIEW_BYTES = 64 * 1024;

/** Drops frames for a slow page, so that it sees fewer frames rather than older ones. */
export class FrameGate {
  readonly #port: Pick<Port, 'send' | 'pendingBytes'>;
  readonly #onKeyFrameNeeded: () => void;
  /** True until the next key frame, for a page that has just connected or missed a frame. */
  #needsKeyFrame = true;
  #previews = 0;

  /** @param onKeyFrameNeeded called for each frame that depends on a dropped one */
  constructor(port: Pick<Port, 'send' | 'pendingBytes'>, onKeyFrameNeeded: () => void) {
    this.#port = port;
    this.#onKeyFrameNeeded = onKeyFrameNeeded;
  }

  /** Sends or drops a frame from the partner. */
  remote({ number, frame }: NumberedFrame): void {
    const isKey = frame.codec === 'jpeg' || frame.isKey;
    if (this.#port.pendingBytes > MAX_PENDING_BYTES) {
      this.#needsKeyFrame = true;
      return;
    }
    if (this.#needsKeyFrame && !isKey) {
      // Only once the page keeps up: key frames are large.
      this.#onKeyFrameNeeded();
      return;
    }
    // A JPEG is followed by another JPEG, or by a key frame of another codec.
    this.#needsKeyFrame = false;
    this.#port.send(encodePageFrame({ kind: BinaryKind.remote, number, frame }));
  }

  /** Sends or drops a frame from the local camera. */
  preview(frame: VideoFrame): void {
    const number = this.#previews++ % 2 ** 32;
    if (this.#port.pendingBytes > MAX_PENDING_PREVIEW_BYTES) return;
    this.#port.send(encodePageFrame({ kind: BinaryKind.preview, number, frame }));
  }
}
