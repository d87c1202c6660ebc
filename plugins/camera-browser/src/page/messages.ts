/** What the two halves of the plugin say to each other: JSON as text, and pictures as binary. */
import type { CameraDevice, CaptureRequest, VideoCodec, VideoFrame } from '@roomkey/core';

/** The name of the device that shares the screen. */
export const SCREEN = 'screen';

/** What Node tells the page. `source` is a number that Node gives each opening, never again. */
export type ToPage =
  | { readonly kind: 'devices'; readonly id: number }
  | { readonly kind: 'open'; readonly source: number; readonly request: CaptureRequest }
  | ToSource;

/** What Node tells one that is open. */
export type ToSource = { readonly source: number } & (
  | { readonly kind: 'want' }
  | { readonly kind: 'codecs'; readonly codecs: readonly VideoCodec[] }
  | { readonly kind: 'key' }
  | { readonly kind: 'quality'; readonly quality: number }
  | { readonly kind: 'close' }
);

/** Why a device did not open. */
export interface OpenFailure {
  /** The name of a `DOMException`; `NoPicture`: it opened and gave none. */
  readonly name: string;
  /** What the browser said. */
  readonly message: string;
}

/** What the page tells Node as text. */
export type FromPage =
  | { readonly kind: 'devices'; readonly id: number; readonly devices: readonly CameraDevice[] }
  | { readonly kind: 'opened'; readonly source: number }
  | { readonly kind: 'failed'; readonly source: number; readonly failure: OpenFailure }
  /** `ended`: the device or the sharing; `broken`: capturing or encoding failed, `message` says how. */
  | {
      readonly kind: 'lost';
      readonly source: number;
      readonly reason: 'ended' | 'broken';
      readonly message: string;
    }
  /** The device was given back. */
  | { readonly kind: 'closed'; readonly source: number };

/**
 * Bytes before the encoded picture in a binary message:
 * `u8 codec ‖ u8 key ‖ u16 width ‖ u16 height ‖ u16 0 ‖ u32 source ‖ f64 capturedAt`, big-endian.
 */
export const FRAME_HEADER_BYTES = 20;

/** The number of a codec is its place here. */
const codecs: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

/** Writes the header of a message whose picture is in place already. */
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
 * Reads a binary message; the picture's bytes lie in the message's memory.
 *
 * @param maxBytes the largest picture
 * @returns undefined where it is none
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
  // Milliseconds since 1970, up to a year that nobody sees; neither NaN nor infinite.
  if (!(picture.capturedAt > 0 && picture.capturedAt < 2 ** 48)) return undefined;
  const isKey = view.getUint8(1) === 1;
  return {
    source: view.getUint32(8),
    frame: codec === 'jpeg' ? { codec, ...picture } : { codec, isKey, ...picture },
  };
}
