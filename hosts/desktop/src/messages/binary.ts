import {
  readVideoUnit,
  setUnitNumber,
  videoKinds,
  VIDEO_HEADER_BYTES,
  writeVideoHeader,
  type NumberedVideoUnit,
  type VideoKind,
  type VideoUnit,
} from '@roomkey/core/wire';

/** Kinds of binary message: the first byte. */
export const BinaryKind = {
  /** App to page: a unit of a participant's track. */
  remote: 1,
  /** App to page: a unit of an own track whose source runs in Node.js. */
  preview: 2,
  /** Both ways: a message of a plugin; the second byte is the plugin's number. */
  plugin: 3,
  /** Page to app: a remote unit was drawn, or skipped on purpose. */
  consumed: 4,
} as const;

/** Bytes before a unit: `u8 kind ‖ u8 track ‖ u16 0`. A track is its place in `videoKinds`. */
const UNIT_PREFIX_BYTES = 4;
/** `u8 kind ‖ u8 track ‖ u16 0 ‖ u32 number`. */
const CONSUMED_BYTES = 8;

/** A unit as the page gets it. */
export interface PageUnit {
  readonly kind: typeof BinaryKind.remote | typeof BinaryKind.preview;
  readonly track: VideoKind;
  /** Its data are a view of the message. */
  readonly unit: NumberedVideoUnit;
}

/**
 * @param number of the unit for the page
 * @param unit as it came, header included
 */
export function encodeRemoteUnit(track: VideoKind, number: number, unit: Uint8Array): Uint8Array {
  const message = new Uint8Array(UNIT_PREFIX_BYTES + unit.length);
  message[0] = BinaryKind.remote;
  message[1] = videoKinds.indexOf(track);
  message.set(unit, UNIT_PREFIX_BYTES);
  setUnitNumber(message.subarray(UNIT_PREFIX_BYTES), number);
  return message;
}

/** @param number increases with each unit; modulo 2³² */
export function encodePreviewUnit(track: VideoKind, unit: VideoUnit, number: number): Uint8Array {
  const message = new Uint8Array(UNIT_PREFIX_BYTES + VIDEO_HEADER_BYTES + unit.data.length);
  message[0] = BinaryKind.preview;
  message[1] = videoKinds.indexOf(track);
  writeVideoHeader(message.subarray(UNIT_PREFIX_BYTES), { ...unit, number });
  message.set(unit.data, UNIT_PREFIX_BYTES + VIDEO_HEADER_BYTES);
  return message;
}

/** Decodes a message of kind `remote` or `preview`. @throws RangeError if it is malformed */
export function decodePageUnit(message: Uint8Array): PageUnit {
  return {
    kind: message[0] === BinaryKind.preview ? BinaryKind.preview : BinaryKind.remote,
    track: trackOf(message),
    unit: readVideoUnit(message.subarray(UNIT_PREFIX_BYTES)),
  };
}

export function encodeConsumed(track: VideoKind, number: number): Uint8Array {
  const message = new Uint8Array(CONSUMED_BYTES);
  message[0] = BinaryKind.consumed;
  message[1] = videoKinds.indexOf(track);
  new DataView(message.buffer).setUint32(4, number);
  return message;
}

/** @throws RangeError if it is malformed */
export function decodeConsumed(message: Uint8Array): { track: VideoKind; number: number } {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return { track: trackOf(message), number: view.getUint32(4) };
}

/** A message of a plugin. */
export function encodePluginMessage(plugin: number, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(2 + body.length);
  message[0] = BinaryKind.plugin;
  message[1] = plugin;
  message.set(body, 2);
  return message;
}

function trackOf(message: Uint8Array): VideoKind {
  const track = videoKinds[message[1] ?? videoKinds.length];
  if (track === undefined) throw new RangeError('a track that does not exist');
  return track;
}
