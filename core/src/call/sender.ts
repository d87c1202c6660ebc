import type { VideoFrame } from '../contracts/camera.js';
import { MAX_PICTURE_BYTES, type NumberedFrame } from './media.js';

/** Why two: see docs/protocol.md, Flow control. One idles the link, three already queue. */
export const MAX_UNACKNOWLEDGED = 2;

/** What became of the frames that the camera gave while there was a partner. */
export interface SenderCounts {
  readonly offered: number;
  readonly sent: number;
  /** Overwritten by a newer one before they could be sent, or larger than a record. */
  readonly dropped: number;
  /** Encoded pictures, without headers. */
  readonly bytes: number;
}

/**
 * Decides what is sent: at most two frames are on the way unacknowledged, and of those that wait
 * only the newest stays. So the age of a frame is bounded by the link and not by a queue, which
 * 'drain' cannot do, since the kernel alone holds more than half a second.
 */
export class Sender {
  readonly #unacknowledged: number[] = [];
  #transmit: ((frame: NumberedFrame) => void) | undefined;
  #waiting: NumberedFrame | undefined;
  #nextNumber = 0;
  #offered = 0;
  #sent = 0;
  #dropped = 0;
  #bytes = 0;

  /** Begins to send, by `transmit`; numbering goes on where it was. */
  start(transmit: (frame: NumberedFrame) => void): void {
    this.#transmit = transmit;
  }

  /** The partner is gone: nothing is sent and nothing waits. */
  stop(): void {
    this.#transmit = undefined;
    this.#waiting = undefined;
    this.#unacknowledged.length = 0;
  }

  /** A new frame from the camera. */
  offer(frame: VideoFrame): void {
    if (this.#transmit === undefined) return;
    this.#offered += 1;
    const numbered = { number: this.#nextNumber, frame };
    // The number is a u32 on the wire; at 120 fps it lasts for more than a year.
    this.#nextNumber += 1;
    if (frame.data.length > MAX_PICTURE_BYTES) {
      this.#dropped += 1;
      return;
    }
    if (this.#waiting !== undefined) this.#dropped += 1;
    this.#waiting = numbered;
    this.#flush();
  }

  /**
   * The partner has this frame and all before it.
   *
   * @returns whether such a frame was ever sent
   */
  acknowledge(number: number): boolean {
    if (number >= this.#nextNumber) return false;
    while (this.#unacknowledged[0] !== undefined && this.#unacknowledged[0] <= number) {
      this.#unacknowledged.shift();
    }
    this.#flush();
    return true;
  }

  get counts(): SenderCounts {
    return {
      offered: this.#offered,
      sent: this.#sent,
      dropped: this.#dropped,
      bytes: this.#bytes,
    };
  }

  #flush(): void {
    const next = this.#waiting;
    if (next === undefined || this.#transmit === undefined) return;
    if (this.#unacknowledged.length >= MAX_UNACKNOWLEDGED) return;
    this.#waiting = undefined;
    this.#unacknowledged.push(next.number);
    this.#sent += 1;
    this.#bytes += next.frame.data.length;
    this.#transmit(next);
  }
}
