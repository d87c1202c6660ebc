import { captureTime } from '../camera/capture-time.js';
import type { CaptureRequest } from '../contracts/camera.js';
import type { VideoCodec, VideoUnit } from '../wire/index.js';

let units = 0;

/**
 * The outline of a JPEG picture: start, size, a comment whose length grows with the quality, end. What
 * looks at the outside of a unit takes it for one; a decoder finds nothing to show. Each differs
 * from the one before.
 */
export function fakeJpegUnit(
  of: Pick<CaptureRequest, 'width' | 'height' | 'quality'>,
  capturedAt = captureTime(),
): VideoUnit {
  const comment = Buffer.alloc(4 + 64 * of.quality);
  comment.writeUInt16BE(0xfffe);
  comment.writeUInt16BE(comment.length - 2, 2);
  comment.writeUInt32BE(units++, 4);
  // Baseline frame header of one component (ITU-T T.81, B.2.2).
  const header = Buffer.from('ffc0000b080000000001011100', 'hex');
  header.writeUInt16BE(of.height, 5);
  header.writeUInt16BE(of.width, 7);
  const [start, end] = [Buffer.of(0xff, 0xd8), Buffer.of(0xff, 0xd9)];
  return {
    codec: 'jpeg',
    isKey: true,
    data: new Uint8Array(Buffer.concat([start, header, comment, end])),
    width: of.width,
    height: of.height,
    capturedAt,
  };
}

/**
 * What stands for a unit of a codec whose units build on each other: its number, that of the unit it
 * builds on, and filling that grows with the quality.
 */
export function fakeDeltaUnit(
  of: Pick<CaptureRequest, 'width' | 'height' | 'quality'>,
  codec: Exclude<VideoCodec, 'jpeg'>,
  before: VideoUnit | undefined,
  capturedAt = captureTime(),
): VideoUnit {
  const data = Buffer.alloc(8 + 16 * of.quality);
  data.writeUInt32BE(units++);
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
  #last: VideoUnit | undefined;

  /** Whether the unit can be shown: it is a key unit, or the one that it builds on was there. */
  decode(unit: VideoUnit): boolean {
    if (unit.codec === 'jpeg') return true;
    const last = this.#last;
    if (!unit.isKey) {
      if (last?.codec !== unit.codec) return false;
      if (Buffer.compare(last.data.subarray(0, 4), unit.data.subarray(4, 8)) !== 0) return false;
    }
    this.#last = unit;
    return true;
  }
}
