import type { VideoCodec, VideoFrame } from '../contracts/camera.js';
import { RoomkeyError } from '../errors/index.js';

/** Bytes before the encoded picture in a frame record. */
const HEADER_BYTES = 20;
/** The largest encoded picture that a record carries, bytes. */
export const MAX_PICTURE_BYTES = (1 << 20) - HEADER_BYTES;

const codecNumbers: Readonly<Record<VideoCodec, number>> = { jpeg: 1, h264: 2, vp8: 3 };
/** The bit of the flags that marks a key frame where frames build on each other. */
const KEY_FLAG = 1;
const codecs = new Map(
  Object.entries(codecNumbers).map(([codec, number]) => [number, codec as VideoCodec]),
);

/** A frame as it came from the partner. */
export interface NumberedFrame {
  /** Grows by one a frame of the partner's camera; gaps are frames dropped before sending. */
  readonly number: number;
  readonly frame: VideoFrame;
}

/** The parts of a frame record's plaintext (`docs/protocol.md`, Frame). */
export function encodeFrame({ number, frame }: NumberedFrame): readonly Uint8Array[] {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, codecNumbers[frame.codec]);
  view.setUint8(1, frame.codec !== 'jpeg' && frame.isKey ? KEY_FLAG : 0);
  view.setUint16(2, frame.width);
  view.setUint16(4, frame.height);
  view.setUint32(8, number);
  view.setBigUint64(12, BigInt(Math.round(frame.capturedAt * 1000)));
  return [header, frame.data];
}

/**
 * @param agreed the codecs that both sides know
 * @throws RoomkeyError `RK_RECORD_INVALID`
 */
export function decodeFrame(plaintext: Uint8Array, agreed: readonly VideoCodec[]): NumberedFrame {
  if (plaintext.length <= HEADER_BYTES) throw malformed('is too short');
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, HEADER_BYTES);
  const codec = codecs.get(view.getUint8(0));
  if (codec === undefined || !agreed.includes(codec)) {
    throw malformed('is in a codec that was not agreed on');
  }
  const width = view.getUint16(2);
  const height = view.getUint16(4);
  const flags = view.getUint8(1);
  const allowedFlags = codec === 'jpeg' ? 0 : KEY_FLAG;
  if ((flags & ~allowedFlags) !== 0 || view.getUint16(6) !== 0 || width === 0 || height === 0) {
    throw malformed('has a header that is not allowed');
  }
  const picture = {
    width,
    height,
    capturedAt: Number(view.getBigUint64(12)) / 1000,
    data: plaintext.subarray(HEADER_BYTES),
  };
  return {
    number: view.getUint32(8),
    frame:
      codec === 'jpeg' ? { codec, ...picture } : { codec, isKey: flags === KEY_FLAG, ...picture },
  };
}

/** The plaintext of an acknowledgement. */
export function encodeAcknowledgement(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** @throws RoomkeyError `RK_RECORD_INVALID` */
export function decodeAcknowledgement(plaintext: Uint8Array): number {
  if (plaintext.length !== 4) throw malformed('acknowledges nothing');
  return new DataView(plaintext.buffer, plaintext.byteOffset, 4).getUint32(0);
}

function malformed(what: string): RoomkeyError {
  return new RoomkeyError('RK_RECORD_INVALID', `The other side sent a record that ${what}.`);
}
