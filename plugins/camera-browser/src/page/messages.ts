/** Messages between the two sides of the plugin: JSON as text, and frames as binary. */
import type { CameraDevice, CaptureRequest, VideoCodec, VideoFrame } from '@roomkey/core';

/** Id of the device that shares the screen. */
export const SCREEN = 'screen';

/** Text messages from Node.js to the page. `source` identifies one opening and is never reused. */
export type ToPage =
  | { readonly kind: 'devices'; readonly id: number }
  | { readonly kind: 'open'; readonly source: number; readonly request: CaptureRequest }
  | ToSource;

/** Commands from Node.js to an open device. */
export type ToSource = { readonly source: number } & (
  | { readonly kind: 'want' }
  | { readonly kind: 'codecs'; readonly codecs: readonly VideoCodec[] }
  | { readonly kind: 'key' }
  | { readonly kind: 'quality'; readonly quality: number }
  | { readonly kind: 'close' }
);

/** Why a device could not be opened. */
export interface OpenFailure {
  /** Name of the `DOMException`; `NoPicture`: the device opened but delivered no image. */
  readonly name: string;
  /** The browser's message. */
  readonly message: string;
}

/** Text messages from the page to Node.js. */
export type FromPage =
  | { readonly kind: 'devices'; readonly id: number; readonly devices: readonly CameraDevice[] }
  | { readonly kind: 'opened'; readonly source: number }
  | { readonly kind: 'failed'; readonly source: number; readonly failure: OpenFailure }
  /**
   * `ended`: the device or the screen sharing ended. `broken`: capturing or encoding failed, see
   * `message`.
   */
  | {
      readonly kind: 'lost';
      readonly source: number;
      readonly reason: 'ended' | 'broken';
      readonly message: string;
    }
  /** The device was released. */
  | { readonly kind: 'closed'; readonly source: number };

/**
 * Header of a binary message in bytes, before the encoded image: `u8 codec ‖ u8 key ‖ u16 width ‖
 * u16 height ‖ u16 0 ‖ u32 source ‖ f64 capturedAt`, big-endian.
 */
export const FRAME_HEADER_BYTES = 20;

/** A codec's number is its index here. */
const codecs: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

/** Writes the header of a message that already contains the image. */
export function writeFrameHeader(
  message: Uint8Array,
  source: number,
  frame: Omit<VideoFrame, 'data' | 'isKey'> & { readonly isKey: boolean },
): void {
  const view = new DataView(message.buffer, message.byteOffset, FRAME_HEADER_BYTES);
  view.setUint8(0, codecs.indexOf(frame.codec));
  view.setUint8(1, frame.isKey ? 1 : 0);
  view.setUint16(2, frame.width);
  view.setUint16(4, frame.height);
  view.setUint32(8, source);
  view.setFloat64(12, frame.capturedAt);
}

/**
 * Parses a binary message. The image's bytes are a view of the message.
 *
 * @param maxBytes maximum size of an image
 * @returns undefined if the message is invalid
 */
export function readFrame(
  message: Uint8Array,
  maxBytes: number,
): { readonly source: number; readonly frame: VideoFrame } | undefined {
  const bytes = message.length - FRAME_HEADER_BYTES;
  if (bytes < 1 || bytes > maxBytes) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, FRAME_HEADER_BYTES);
  const codec = codecs[view.getUint8(0)];
  const picture = {
    width: view.getUint16(2),
    height: view.getUint16(4),
    capturedAt: view.getFloat64(12),
    data: message.subarray(FRAME_HEADER_BYTES),
  };
  if (codec === undefined || picture.width === 0 || picture.height === 0) return undefined;
  // Ms since 1970, below the year 10889; rejects NaN and infinity.
  if (!(picture.capturedAt > 0 && picture.capturedAt < 2 ** 48)) return undefined;
  const isKey = view.getUint8(1) === 1;
  return {
    source: view.getUint32(8),
    frame: codec === 'jpeg' ? { codec, ...picture } : { codec, isKey, ...picture },
  };
}
