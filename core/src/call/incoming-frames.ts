import type { VideoCodec } from '../contracts/camera.js';
import { RecordType } from '../secure/records.js';
import { KeyFrameLimit } from './key-frame-limit.js';
import { decodeFrame, encodeAcknowledgement, type NumberedFrame } from './media.js';
import { violation } from './violation.js';

/** The partner's frames: their order, and what is said back of them. */
export class IncomingFrames {
  readonly #codecs: readonly VideoCodec[];
  readonly #answer: (type: RecordType, plaintext: readonly Uint8Array[]) => void;
  readonly #onFrame: (frame: NumberedFrame) => void;
  readonly #keyFrames = new KeyFrameLimit(() => performance.now());
  #newest = -1;
  #isAcknowledgementDue = false;

  constructor(options: {
    /** What both sides know. */
    readonly codecs: readonly VideoCodec[];
    /** Sends a record on the connection on which the frames come. */
    readonly answer: (type: RecordType, plaintext: readonly Uint8Array[]) => void;
    readonly onFrame: (frame: NumberedFrame) => void;
  }) {
    this.#codecs = options.codecs;
    this.#answer = options.answer;
    this.#onFrame = options.onFrame;
  }

  /** @throws RoomkeyError `RK_RECORD_INVALID` where it is malformed, or its number did not grow */
  receive(plaintext: Uint8Array): void {
    const frame = decodeFrame(plaintext, this.#codecs);
    if (frame.number <= this.#newest) throw violation('a frame whose number did not grow');
    this.#newest = frame.number;
    this.#keyFrames.note(frame.frame);
    this.#onFrame(frame);
    this.#acknowledge();
  }

  /** Says that what comes cannot be decoded, where that is so and was not said yet. */
  requestKeyFrame(): void {
    if (this.#keyFrames.take()) this.#answer(RecordType.keyFrameRequest, []);
  }

  /**
   * Acknowledges the newest frame once all that came with it is read: an answer to each of a million
   * tiny frames would be a million records.
   */
  #acknowledge(): void {
    if (this.#isAcknowledgementDue) return;
    this.#isAcknowledgementDue = true;
    process.nextTick(() => {
      this.#isAcknowledgementDue = false;
      this.#answer(RecordType.acknowledgement, [encodeAcknowledgement(this.#newest)]);
    });
  }
}
