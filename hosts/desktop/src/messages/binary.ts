import type { VideoCodec, VideoFrame } from '@roomkey/core/host';

/** Kinds of binary message: the first byte. */
export const BinaryKind = {
  /** App to page: a frame from the partner. */
  remote: 1,
  /** App to page: a frame from the local camera, if the camera runs in Node.js. */
  preview: 2,
  /** Both directions: a plugin's message. The second byte is the index of its page module. */
  plugin: 3,
} as const;

/**
 * Header in bytes before the encoded image, big-endian: `u8 kind ‖ u8 codec ‖ u8 key ‖ u8 0 ‖ u16
 * width ‖ u16 height ‖ u32 number ‖ f64 capturedAt`.
 */
const FRAME_HEADER_BYTES = 20;

const codecs: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

/** A frame on its way to the page. */
export interface PageFrame {
  readonly kind: typeof BinaryKind.remote | typeof BinaryKind.preview;
  /** As in `NumberedFrame`; for a preview only guaranteed to grow. */
  readonly number: number;
  readonly frame: VideoFrame;
}

/** Encodes a frame for the page, in a buffer of its own. */
export function encodePageFrame({ kind, number, frame }: PageFrame): Uint8Array {
  const message = new Uint8Array(FRAME_HEADER_BYTES + frame.data.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, codecs.indexOf(frame.codec));
  view.setUint8(2, frame.codec === 'jpeg' || frame.isKey ? 1 : 0);
  view.setUint16(4, frame.width);
  view.setUint16(6, frame.height);
  view.setUint32(8, number);
  view.setFloat64(12, frame.capturedAt);
  message.set(frame.data, FRAME_HEADER_BYTES);
  return message;
}

/** Decodes a message of kind `remote` or `preview`. The frame's data are a view of the message. */
export function decodePageFrame(message: Uint8Array): PageFrame {
  const view = new DataView(message.buffer, message.byteOffset, FRAME_HEADER_BYTES);
  const codec = codecs[view.getUint8(1)] ?? 'jpeg';
  const picture = {
    width: view.getUint16(4),
    height: view.getUint16(6),
    capturedAt: view.getFloat64(12),
    data: message.subarray(FRAME_HEADER_BYTES),
  };
  return {
    kind: view.getUint8(0) === BinaryKind.preview ? BinaryKind.preview : BinaryKind.remote,
    number: view.getUint32(8),
    frame:
      codec === 'jpeg'
        ? { codec, ...picture }
        : { codec, isKey: view.getUint8(2) === 1, ...picture },
  };
}

/** Encodes a plugin's binary message. */
export function encodePluginMessage(plugin: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(2 + body.length);
  message[0] = BinaryKind.plugin;
  message[1] = plugin;
  message.set(body, 2);
  return message;
}
