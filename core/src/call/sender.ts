import type { VideoCodec, VideoFrame } from '../contracts/camera.js';
import { MAX_PICTURE_BYTES, type NumberedFrame } from './media.js';

/** Why two: see docs/protocol.md, Flow control. One idles the link, three already queue. */
export const MAX_UNACKNOWLEDGED = 2;

/** What became of the frames that the camera gave while there was a partner. */
export interface SenderCounts {
  readonly offered: number;
  readonly sent: number;
  /**
   * Overwritten by a newer one before they could be sent, larger than a record, or nothing that the
   * partner could decode.
   */
  readonly dropped: number;
  /** Encoded pictures, without headers. */
  readonly bytes: number;
}

/** The one to whom frames go. */
export interface FrameReceiver {
  /** What it shows. */
  readonly codecs: readonly VideoCodec[];
  /** @returns false where a frame that was sent before was dropped for this one */
  sendFrame(frame: NumberedFrame): boolean;
}

/**
 * Decides what is sent: at most two frames are on the way unacknowledged, and of those that wait
 * only the newest stays. So the age of a frame is bounded by the link and not by a queue, which
 * 'drain' cannot do, since the kernel alone holds more than half a second.
 */
export class Sender {
  readonly #unacknowledged: number[] = [];
  #receiver: FrameReceiver | undefined;
  /** Whether frames that build on others are of no use before the next key frame. */
  #needsKeyFrame = true;
  #onRoom: (() => void)[] = [];
  #waiting: NumberedFrame | undefined;
  #nextNumber = 0;
  #offered = 0;
  #sent = 0;
  #dropped = 0;
  #bytes = 0;

  /** Begins to send; numbering goes on where it was. */
  start(receiver: FrameReceiver): void {
    this.#receiver = receiver;
    this.#needsKeyFrame = true;
    this.#tellRoom();
  }

  /** The partner is gone: nothing is sent and nothing waits. */
  stop(): void {
    this.#receiver = undefined;
    this.#waiting = undefined;
    this.#unacknowledged.length = 0;
  }

  /**
   * A new frame from the camera.
   *
   * @returns whether frames that build on it can be decoded: false where this one is dropped
   */
  offer(frame: VideoFrame): boolean {
    const receiver = this.#receiver;
    if (receiver === undefined) return false;
    this.#offered += 1;
    const numbered = { number: this.#nextNumber, frame };
    // The number is a u32 on the wire; at 120 fps it lasts for more than a year.
    this.#nextNumber += 1;
    if (!this.#fits(frame, receiver)) {
      this.#dropped += 1;
      this.#needsKeyFrame = true;
      return false;
    }
    if (frame.codec !== 'jpeg') this.#needsKeyFrame = false;
    if (this.#waiting !== undefined) this.#dropped += 1;
    this.#waiting = numbered;
    this.#flush();
    return frame.codec === 'jpeg' || !this.#needsKeyFrame;
  }

  /** Resolves when a frame that is offered then is sent at once. */
  async room(): Promise<void> {
    while (!this.#hasRoom) await new Promise<void>((resolve) => this.#onRoom.push(resolve));
  }

  /**
   * The partner has this frame and all before it.
   *
   * @returns whether it was sent and not acknowledged before
   */
  acknowledge(number: number): boolean {
    const index = this.#unacknowledged.indexOf(number);
    if (index < 0) return false;
    this.#unacknowledged.splice(0, index + 1);
    this.#flush();
    this.#tellRoom();
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

  /** Whether the receiver can decode it, as far as can be told from outside. */
  #fits(frame: VideoFrame, { codecs }: FrameReceiver): boolean {
    if (frame.data.length > MAX_PICTURE_BYTES || !codecs.includes(frame.codec)) return false;
    return frame.codec === 'jpeg' || frame.isKey || !this.#needsKeyFrame;
  }

  get #hasRoom(): boolean {
    return this.#receiver !== undefined && this.#unacknowledged.length < MAX_UNACKNOWLEDGED;
  }

  #tellRoom(): void {
    if (!this.#hasRoom) return;
    const waiting = this.#onRoom;
    this.#onRoom = [];
    for (const tell of waiting) tell();
  }

  #flush(): void {
    const next = this.#waiting;
    if (next === undefined || this.#receiver === undefined || !this.#hasRoom) return;
    this.#waiting = undefined;
    this.#unacknowledged.push(next.number);
    this.#sent += 1;
    this.#bytes += next.frame.data.length;
    if (!this.#receiver.sendFrame(next)) this.#needsKeyFrame = true;
  }
}
