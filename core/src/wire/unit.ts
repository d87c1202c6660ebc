/**
 * The layout of a unit: the same on the wire, from the page and to the page
 * (`docs/protocol.md`, Units). All numbers are big-endian.
 */
import { videoCodecByNumber, videoCodecs } from './codecs/index.js';
import type { VideoUnit } from './video-unit.js';

/** The largest unit, header included: 1 MiB. */
export const MAX_UNIT_BYTES = 1 << 20;

/** The header of every unit: `u8 layout ‖ u8 flags ‖ u16 codec ‖ u32 number ‖ u64 captured, µs`. */
const COMMON_HEADER_BYTES = 16;
/** The header of a video unit: the common one, then `u16 width ‖ u16 height`. */
export const VIDEO_HEADER_BYTES = COMMON_HEADER_BYTES + 4;
/** The largest encoded picture, bytes. */
export const MAX_PICTURE_BYTES = MAX_UNIT_BYTES - VIDEO_HEADER_BYTES;

/** The header of a unit of sound: the common one, then `u16 samples ‖ u32 sequence`. */
export const AUDIO_HEADER_BYTES = COMMON_HEADER_BYTES + 6;
/** The longest Opus packet of one frame, bytes (RFC 6716, 3.4). */
export const MAX_OPUS_BYTES = 1_275;

/** What follows the common header. */
export const UnitLayout = { bytes: 0, video: 1, audio: 2 } as const;

const FLAG_KEY = 1;
const FLAG_DISCARDABLE = 2;
const FLAG_MUTED = 4;
/** In the place of a codec. */
const OPUS = 1;

/** A video unit with its place in its stream. */
export type NumberedVideoUnit = VideoUnit & {
  /** Counts the units of a stream from 0, without gaps; modulo 2³². */
  readonly number: number;
};

/** A unit whose content only its protocol knows: a message, a block of a file. */
export interface BytesUnit {
  readonly number: number;
  /** When it was made: milliseconds since 1970 by the sender's clock, with fractions. */
  readonly capturedAt: number;
  readonly data: Uint8Array;
}

/** A unit of sound as it goes over the wire. */
export interface WireAudioUnit {
  /**
   * Counts the units that the microphone gave, modulo 2³². Unlike the number in a stream it has gaps,
   * where units were dropped before they were sent, and it is the same in a copy.
   */
  readonly sequence: number;
  /** When its first sample was captured: milliseconds since 1970 by the sender's clock. */
  readonly capturedAt: number;
  /** Its length in samples at 48 kHz: 480 or 960. */
  readonly samples: number;
  readonly muted: boolean;
  /** An Opus packet, 1 to `MAX_OPUS_BYTES` bytes. */
  readonly data: Uint8Array;
}

/** Writes a video unit's header to the first `VIDEO_HEADER_BYTES` bytes of `target`. */
export function writeVideoHeader(target: Uint8Array, unit: Omit<NumberedVideoUnit, 'data'>): void {
  const view = viewOf(target, VIDEO_HEADER_BYTES);
  const flags = (unit.isKey ? FLAG_KEY : 0) | (unit.isDiscardable === true ? FLAG_DISCARDABLE : 0);
  writeCommon(view, UnitLayout.video, flags, videoCodecs[unit.codec].number, unit);
  view.setUint16(16, unit.width);
  view.setUint16(18, unit.height);
}

/** The header of a video unit, in memory of its own. */
export function videoHeader(unit: Omit<NumberedVideoUnit, 'data'>): Uint8Array {
  const header = new Uint8Array(VIDEO_HEADER_BYTES);
  writeVideoHeader(header, unit);
  return header;
}

/**
 * The header of a unit of sound, in memory of its own.
 *
 * @param number in its stream
 */
export function audioHeader(unit: Omit<WireAudioUnit, 'data'>, number: number): Uint8Array {
  const header = new Uint8Array(AUDIO_HEADER_BYTES);
  const view = viewOf(header, AUDIO_HEADER_BYTES);
  const flags = FLAG_KEY | (unit.muted ? FLAG_MUTED : 0);
  writeCommon(view, UnitLayout.audio, flags, OPUS, { number, capturedAt: unit.capturedAt });
  view.setUint16(16, unit.samples);
  view.setUint32(18, unit.sequence);
  return header;
}

/**
 * Reads a unit of sound; its data lie in the memory of `unit`.
 *
 * @throws RangeError for anything but a well-formed one
 */
export function readAudioUnit(unit: Uint8Array): WireAudioUnit {
  const { view, flags, codec, capturedAt } = readCommon(
    unit,
    UnitLayout.audio,
    AUDIO_HEADER_BYTES,
    FLAG_KEY | FLAG_MUTED,
  );
  if (codec !== OPUS) throw new RangeError(`codec ${codec} is unknown`);
  if ((flags & FLAG_KEY) === 0) throw new RangeError('sound that builds on other sound');
  const samples = view.getUint16(16);
  if (samples !== 480 && samples !== 960) throw new RangeError(`${samples} samples in a unit`);
  const data = unit.subarray(AUDIO_HEADER_BYTES);
  if (data.length === 0 || data.length > MAX_OPUS_BYTES) {
    throw new RangeError(`an Opus packet of ${data.length} bytes`);
  }
  const muted = (flags & FLAG_MUTED) !== 0;
  return { sequence: view.getUint32(18), capturedAt, samples, muted, data };
}

/** The header of a unit whose content only its protocol knows, in memory of its own. */
export function bytesHeader(unit: Omit<BytesUnit, 'data'>): Uint8Array {
  const header = new Uint8Array(COMMON_HEADER_BYTES);
  writeCommon(viewOf(header, COMMON_HEADER_BYTES), UnitLayout.bytes, FLAG_KEY, 0, unit);
  return header;
}

/**
 * Reads a video unit; its data lie in the memory of `unit`.
 *
 * @throws RangeError for anything but a well-formed video unit
 */
export function readVideoUnit(unit: Uint8Array): NumberedVideoUnit {
  const { view, flags, codec, number, capturedAt } = readCommon(
    unit,
    UnitLayout.video,
    VIDEO_HEADER_BYTES,
    FLAG_KEY | FLAG_DISCARDABLE,
  );
  const definition = videoCodecByNumber(codec);
  if (definition === undefined) throw new RangeError(`codec ${codec} is unknown`);
  const width = view.getUint16(16);
  const height = view.getUint16(18);
  if (width === 0 || height === 0) throw new RangeError('a picture without pixels');
  const data = unit.subarray(VIDEO_HEADER_BYTES);
  if (data.length === 0) throw new RangeError('a picture without bytes');
  const isKey = (flags & FLAG_KEY) !== 0;
  const isDiscardable = (flags & FLAG_DISCARDABLE) !== 0;
  if (!isKey && !definition.hasDeltaUnits) throw new RangeError('a delta unit of JPEG');
  return { codec: definition.name, isKey, isDiscardable, number, capturedAt, width, height, data };
}

/**
 * Reads a unit whose content only its protocol knows; its data lie in the memory of `unit`.
 *
 * @throws RangeError for anything but a well-formed one
 */
export function readBytesUnit(unit: Uint8Array): BytesUnit {
  const { codec, flags, number, capturedAt } = readCommon(
    unit,
    UnitLayout.bytes,
    COMMON_HEADER_BYTES,
    FLAG_KEY,
  );
  if (codec !== 0 || flags !== FLAG_KEY) throw new RangeError('flags or a codec in a bytes unit');
  return { number, capturedAt, data: unit.subarray(COMMON_HEADER_BYTES) };
}

/** The number in a unit's header. @throws RangeError where the unit is shorter than a header */
export function unitNumber(unit: Uint8Array): number {
  return viewOf(unit, COMMON_HEADER_BYTES).getUint32(4);
}

/** Gives a unit another number. @throws RangeError if it is shorter than a header */
export function setUnitNumber(unit: Uint8Array, number: number): void {
  viewOf(unit, COMMON_HEADER_BYTES).setUint32(4, number);
}

function writeCommon(
  view: DataView,
  layout: number,
  flags: number,
  codec: number,
  { number, capturedAt }: { readonly number: number; readonly capturedAt: number },
): void {
  view.setUint8(0, layout);
  view.setUint8(1, flags);
  view.setUint16(2, codec);
  view.setUint32(4, number);
  view.setBigUint64(8, BigInt(Math.round(capturedAt * 1000)));
}

function readCommon(unit: Uint8Array, layout: number, headerBytes: number, knownFlags: number) {
  const view = viewOf(unit, headerBytes);
  if (view.getUint8(0) !== layout) throw new RangeError(`layout ${view.getUint8(0)} in its place`);
  const flags = view.getUint8(1);
  if ((flags & ~knownFlags) !== 0) throw new RangeError('unknown flags');
  return {
    view,
    flags,
    codec: view.getUint16(2),
    number: view.getUint32(4),
    capturedAt: Number(view.getBigUint64(8)) / 1000,
  };
}

function viewOf(bytes: Uint8Array, length: number): DataView {
  if (bytes.length < length) throw new RangeError(`${bytes.length} bytes are no unit`);
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}
