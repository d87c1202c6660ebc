import { captureTime } from '../camera/capture-time.js';
import type { CaptureRequest, DeltaFrame, JpegFrame, VideoFrame } from '../contracts/camera.js';

let frames = 0;

/**
 * A JPEG outline: start, size, a comment whose length grows with the quality, end. Code that
 * inspects frames accepts it; a decoder finds no picture. Each frame is unique.
 */
export function fakeJpegFrame(
  of: Pick<CaptureRequest, 'width' | 'height' | 'quality'>,
  capturedAt = captureTime(),
): JpegFrame {
  const comment = Buffer.alloc(4 + 64 * of.quality);
  comment.writeUInt16BE(0xfffe);
  comment.writeUInt16BE(comment.length - 2, 2);
  comment.writeUInt32BE(frames++, 4);
  // Baseline frame header of one component (ITU-T T.81, B.2.2).
  const header = Buffer.from('ffc0000b080000000001011100', 'hex');
  header.writeUInt16BE(of.height, 5);
  header.writeUInt16BE(of.width, 7);
  const [start, end] = [Buffer.of(0xff, 0xd8), Buffer.of(0xff, 0xd9)];
  return {
    codec: 'jpeg',
    data: new Uint8Array(Buffer.concat([start, header, comment, end])),
    width: of.width,
    height: of.height,
    capturedAt,
  };
}

/**
 * A fake frame of a codec with dependent frames: its number, the number of the frame it depends on,
 * and filling that grows with the quality.
 */
export function fakeDeltaFrame(
  of: Pick<CaptureRequest, 'width' | 'height' | 'quality'>,
  codec: DeltaFrame['codec'],
  before: DeltaFrame | undefined,
  capturedAt = captureTime(),
): DeltaFrame {
  const data = Buffer.alloc(8 + 16 * of.quality);
  data.writeUInt32BE(frames++);
  if (before !== undefined) data.set(before.data.subarray(0, 4), 4);
  return {
    codec,
    isKey: before === undefined,
    data: new Uint8Array(data),
    width: of.width,
    height: of.height,
    capturedAt,
  };
}

/** Stands in for the receiver's decoder. */
export class FakeDecoder {
  #last: DeltaFrame | undefined;

  /** Whether the frame can be decoded: it is independent, or the one it depends on was decoded. */
  decode(frame: VideoFrame): boolean {
    if (frame.codec === 'jpeg') return true;
    const last = this.#last;
    if (!frame.isKey) {
      if (last?.codec !== frame.codec) return false;
      if (Buffer.compare(last.data.subarray(0, 4), frame.data.subarray(4, 8)) !== 0) return false;
    }
    this.#last = frame;
    return true;
  }
}
