import type { VideoCodec, VideoFrame } from '@roomkey/core/host';

/** What a binary message is; its first byte. */
export const BinaryKind = {
  /** App to page: a picture of the partner's. */
  remote: 1,
  /** App to page: a picture of the own camera, where that is one of Node's. */
  preview: 2,
  /** Both ways: a message of a plugin's half; the second byte is the half's number. */
  plugin: 3,
} as const;

/** Bytes before the encoded picture: `u8 kind ‖ u8 codec ‖ u8 key ‖ u8 0 ‖ u16 width ‖ u16 height ‖ u32 number ‖ f64 capturedAt`. */
const FRAME_HEADER_BYTES = 20;

const codecs: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

/** A picture as it goes to the page. */
export interface PageFrame {
  readonly kind: typeof BinaryKind.remote | typeof BinaryKind.preview;
  /** As `NumberedFrame.number`; of a preview it only grows. */
  readonly number: number;
  readonly frame: VideoFrame;
}

/** A picture for the page, in memory of its own. */
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

/** The picture in a message of kind `remote` or `preview`; its data lie in the message's memory. */
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

/** A message of a plugin's half. */
export function encodePluginMessage(plugin: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(2 + body.length);
  message[0] = BinaryKind.plugin;
  message[1] = plugin;
  message.set(body, 2);
  return message;
}
