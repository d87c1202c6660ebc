import { pixelsOfFrame, readSequenceHeader } from './av1-headers.js';
import type { VideoCodecDefinition } from './definition.js';

/**
 * AV1 Bitstream & Decoding Process Specification, whose sections are named below. A unit is a temporal
 * unit in the low-overhead format (5.2): OBUs one behind the other.
 */
export const av1 = {
  name: 'av1',
  number: 5,
  hasDeltaUnits: true,
  /** Main profile, 8 bits, up to 1080p at 60 frames a second (level 4.1, A.3). */
  browserCodec: 'av01.0.09M.08',
  browserCodecOf,
  pixelsOf,
} as const satisfies VideoCodecDefinition<'av1'>;

/** Open bitstream unit. */
interface Obu {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** `obu_type`. 6.2.2. */
const SEQUENCE_HEADER = 1;
/** `OBU_FRAME_HEADER`, `OBU_FRAME` and `OBU_REDUNDANT_FRAME_HEADER`: those with a frame's header. */
const FRAMES = [3, 6, 7];

/** OBUs of a unit. Encoders for calls make about three, and some more with layers and metadata. */
const MAX_OBUS = 64;
/** Of `leb128()`. 4.10.5. */
const MAX_SIZE_BYTES = 8;

/** As the sequence header says, in the manner of the AV1 Codec ISO Media File Format Binding, 5. */
function browserCodecOf(keyUnit: Uint8Array): string | undefined {
  const header = obusOf(keyUnit)?.find(({ type }) => type === SEQUENCE_HEADER);
  const sequence = header && readSequenceHeader(header.payload);
  if (sequence === undefined) return undefined;
  const twoDigits = (number: number): string => String(number).padStart(2, '0');
  const tier = sequence.isHighTier ? 'H' : 'M';
  return `av01.${sequence.profile}.${twoDigits(sequence.level)}${tier}.${twoDigits(sequence.depth)}`;
}

/**
 * The largest of the sizes in sequence headers and in frames. A frame's header can only be read with
 * the sequence header before it, which of a delta unit is in the key unit. With a key unit there is no
 * other sequence header: the units behind it would be read with the wrong one.
 */
function pixelsOf(data: Uint8Array, keyUnit?: Uint8Array): number {
  const obus = obusOf(data);
  if (obus === undefined) return Infinity;
  const first = keyUnit && obusOf(keyUnit)?.findLast(({ type }) => type === SEQUENCE_HEADER);
  let sequence = first && readSequenceHeader(first.payload);
  // Of a frame without a sequence header: behind a known key unit there is no such frame.
  const unread = keyUnit === undefined ? 0 : Infinity;
  let pixels = 0;
  for (const { type, payload } of obus) {
    if (type === SEQUENCE_HEADER) {
      if (first !== undefined && !isSame(payload, first.payload)) return Infinity;
      sequence = readSequenceHeader(payload);
      pixels = Math.max(pixels, sequence?.pixels ?? Infinity);
    } else if (FRAMES.includes(type)) {
      pixels = Math.max(pixels, sequence ? pixelsOfFrame(payload, sequence) : unread);
    }
  }
  return pixels;
}

/**
 * The OBUs of a unit. 5.3.1 to 5.3.3.
 *
 * @returns undefined where there are more than an encoder makes, where one is not whole, and where one
 * has no size: the format demands it, 5.2
 */
function obusOf(data: Uint8Array): Obu[] | undefined {
  const obus: Obu[] = [];
  for (let at = 0; at < data.length;) {
    const header = data[at] ?? 0;
    // Forbidden bit, type, extension, size, reserved bit.
    if ((header & 0x80) !== 0 || (header & 2) === 0 || obus.length === MAX_OBUS) return undefined;
    at += (header & 4) === 0 ? 1 : 2;
    const { size, bytes } = readSize(data.subarray(at, at + MAX_SIZE_BYTES));
    const end = at + bytes + size;
    if (!(end <= data.length)) return undefined;
    obus.push({ type: (header >> 3) & 15, payload: data.subarray(at + bytes, end) });
    at = end;
  }
  return obus;
}

/** `leb128()`: seven bits a byte, the lowest first. 4.10.5. @returns NaN where it does not end */
function readSize(data: Uint8Array): { size: number; bytes: number } {
  const bytes = data.findIndex((byte) => byte < 0x80) + 1;
  const size = data.subarray(0, bytes).reduceRight((sum, byte) => sum * 128 + (byte & 0x7f), 0);
  return { size: bytes === 0 ? NaN : size, bytes };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
