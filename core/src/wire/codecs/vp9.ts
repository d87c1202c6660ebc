import { BitReader } from './bit-reader.js';
import type { VideoCodecDefinition } from './definition.js';

/**
 * VP9 Bitstream & Decoding Process Specification, v0.6, whose sections are named below. A unit is what
 * RFC 9628 calls a superframe: one frame, or several with an index behind them.
 */
export const vp9 = {
  name: 'vp9',
  number: 4,
  hasDeltaUnits: true,
  /** Profile 0, 8 bits, up to 1080p at 60 frames a second (level 4.1). */
  browserCodec: 'vp09.00.41.08',
  browserCodecOf,
  pixelsOf,
  forDecoder,
} as const satisfies VideoCodecDefinition<'vp9'>;

/** What a frame's uncompressed header says. */
interface Frame {
  readonly profile: number;
  /** Bits of a sample; 8 where the header does not tell. */
  readonly depth: number;
  /** 0 where the frame has the size of another one. */
  readonly pixels: number;
}

/** `superframe_marker`: the upper three bits of an index's first and last byte. B.2.2. */
const SUPERFRAME_MARKER = 0b110;
/** `frame_marker`. 7.2. */
const FRAME_MARKER = 2;
/** `frame_sync_byte_0` to `_2`. 7.2.1. */
const SYNC_CODE = 0x498342;
/** `CS_RGB`. 7.2.2. */
const RGB = 7;
const REFERENCES = 3;

/** The levels with 60 frames a second, by the most pixels that each has: webmproject.org/vp9/levels. */
const LEVELS = [
  [2_228_224, '41'],
  [8_912_896, '51'],
  [35_651_584, '60'],
] as const;

/**
 * Profile and depth as the key frame says, the level by its size, in the manner of the VP Codec ISO
 * Media File Format Binding, “Codecs Parameter String”.
 */
function browserCodecOf(keyUnit: Uint8Array): string | undefined {
  const frame = readFrame(framesOf(keyUnit)?.[0] ?? new Uint8Array());
  const pixels = pixelsOf(keyUnit);
  const level = LEVELS.find(([most]) => pixels <= most)?.[1];
  if (frame === undefined || level === undefined) return undefined;
  return `vp09.0${frame.profile}.${level}.${String(frame.depth).padStart(2, '0')}`;
}

/** The most that a frame of the unit says. */
function pixelsOf(data: Uint8Array): number {
  const frames = framesOf(data);
  if (frames === undefined) return Infinity;
  return Math.max(...frames.map((frame) => readFrame(frame)?.pixels ?? Infinity));
}

/**
 * The frames of a unit. B.2 and B.4.
 *
 * @returns undefined where the last byte is that of an index, and the rest is not: no encoder ends a
 * frame so (9.2.3), and decoders do not agree on what it is
 */
function framesOf(data: Uint8Array): Uint8Array[] | undefined {
  const last = data.at(-1) ?? 0;
  if (last >> 5 !== SUPERFRAME_MARKER) return [data];
  const sizeBytes = ((last >> 3) & 3) + 1;
  const count = (last & 7) + 1;
  const indexAt = data.length - 2 - sizeBytes * count;
  if (data[indexAt] !== last) return undefined;
  const frames: Uint8Array[] = [];
  let at = 0;
  for (let number = 0; number < count; number += 1) {
    const sizeAt = indexAt + 1 + sizeBytes * number;
    const size = littleEndian(data.subarray(sizeAt, sizeAt + sizeBytes));
    frames.push(data.subarray(at, at + size));
    at += size;
  }
  return at === indexAt ? frames : undefined;
}

/** Goes through an uncompressed header up to the size. 6.2. */
function readFrame(data: Uint8Array): Frame | undefined {
  const bits = new BitReader(data);
  if (bits.read(2) !== FRAME_MARKER) return undefined;
  const profile = bits.read(1) + 2 * bits.read(1);
  // `reserved_zero`: there is no profile 4.
  if (profile === 3 && bits.read(1) !== 0) return undefined;
  if (bits.readFlag()) {
    // `show_existing_frame`. Nothing follows but the frame's number and padding, 6.1.
    const rest = data.subarray(profile === 3 ? 2 : 1);
    return rest.some((byte) => byte !== 0) ? undefined : { profile, depth: 8, pixels: 0 };
  }
  const isInter = bits.readFlag();
  const isShown = bits.readFlag();
  const isErrorResilient = bits.readFlag();
  if (!isInter) {
    if (bits.read(24) !== SYNC_CODE) return undefined;
    return { profile, depth: readColors(bits, profile), pixels: readSize(bits) };
  }
  const isIntraOnly = !isShown && bits.readFlag();
  if (!isErrorResilient) bits.read(2); // reset_frame_context
  if (isIntraOnly) {
    if (bits.read(24) !== SYNC_CODE) return undefined;
    const depth = profile === 0 ? 8 : readColors(bits, profile);
    bits.read(8); // refresh_frame_flags
    return { profile, depth, pixels: readSize(bits) };
  }
  bits.read(8 + 4 * REFERENCES); // refresh_frame_flags, and of each reference number and sign
  return { profile, depth: 8, pixels: readSizeWithReferences(bits) };
}

/** `color_config()`, 6.2.2. @returns the bits of a sample */
function readColors(bits: BitReader, profile: number): number {
  const depth = profile < 2 ? 8 : 10 + 2 * bits.read(1);
  const hasSubsampling = profile === 1 || profile === 3;
  if (bits.read(3) !== RGB) {
    bits.read(1); // color_range
    if (hasSubsampling) bits.read(3);
  } else if (hasSubsampling) {
    bits.read(1); // reserved_zero
  }
  return depth;
}

/**
 * `frame_size()`, 6.2.3. What comes behind it, `render_size()`, is for who shows the frame: no
 * decoder allocates by it.
 */
function readSize(bits: BitReader): number {
  return (bits.read(16) + 1) * (bits.read(16) + 1);
}

/** `frame_size_with_refs()`, 6.2.5. */
function readSizeWithReferences(bits: BitReader): number {
  for (let reference = 0; reference < REFERENCES; reference += 1) {
    if (bits.readFlag()) return 0; // found_ref
  }
  return readSize(bits);
}

/**
 * With an index also where there is one frame, as B.3 allows. Without an index libvpx, which Chromium
 * has, decodes what is behind the frame as another one, for as long as there are bytes. Where a frame
 * ends only decoding it tells, so `pixelsOf` cannot look for one there.
 */
function forDecoder(data: Uint8Array): Uint8Array {
  if ((data.at(-1) ?? 0) >> 5 === SUPERFRAME_MARKER) return data;
  const marker = (SUPERFRAME_MARKER << 5) | (3 << 3);
  const sealed = new Uint8Array(data.length + 6);
  sealed.set(data);
  sealed[data.length] = marker;
  new DataView(sealed.buffer).setUint32(data.length + 1, data.length, true);
  sealed[data.length + 5] = marker;
  return sealed;
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}
