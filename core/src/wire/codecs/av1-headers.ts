/** The headers in a stream of AV1, as far as they tell sizes: AV1 Bitstream & Decoding Process Specification. */
import { BitReader } from './bit-reader.js';

/** What all frames behind a sequence header have in common. */
export interface SequenceHeader {
  readonly profile: number;
  /** `seq_level_idx[0]`, of the operating point that decoders take. */
  readonly level: number;
  /** `seq_tier[0]`. */
  readonly isHighTier: boolean;
  /** Bits of a sample. */
  readonly depth: number;
  /** The size of the frames that do not say their own. */
  readonly pixels: number;
  /** The rest is what it takes to find the size in a frame's header. */
  readonly isReduced: boolean;
  readonly widthBits: number;
  readonly heightBits: number;
  readonly frameIdBits: number;
  readonly frameIdDeltaBits: number;
  readonly screenContent: number;
  readonly integerMotion: number;
  /** 0 where there are no order hints. */
  readonly orderHintBits: number;
}

/** `SELECT_SCREEN_CONTENT_TOOLS` and `SELECT_INTEGER_MV`: each frame says it. 3. */
const EACH_FRAME = 2;
/** `frame_type`. 6.8.2. */
const KEY_FRAME = 0;
const INTRA_ONLY_FRAME = 2;
const SWITCH_FRAME = 3;
/** `NUM_REF_FRAMES` and `REFS_PER_FRAME`. 3. */
const SLOTS = 8;
const REFERENCES = 7;

/**
 * Goes through a sequence header up to the depth of its colors. 5.5.1.
 *
 * @returns undefined where it makes no sense, and where it has a decoder model (5.5.4), as no encoder
 * for calls writes
 */
export function readSequenceHeader(data: Uint8Array): SequenceHeader | undefined {
  const bits = new BitReader(data);
  const profile = bits.read(3);
  if (profile > 2) return undefined;
  bits.read(1); // still_picture
  const isReduced = bits.readFlag(); // reduced_still_picture_header
  const points = isReduced ? { level: bits.read(5), tier: 0 } : readOperatingPoints(bits);
  if (points === undefined) return undefined;
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  const pixels = (bits.read(widthBits) + 1) * (bits.read(heightBits) + 1);
  let frameIdDeltaBits = 0;
  let frameIdBits = 0;
  if (!isReduced && bits.readFlag()) {
    frameIdDeltaBits = bits.read(4) + 2;
    frameIdBits = frameIdDeltaBits + bits.read(3) + 1;
  }
  bits.read(3); // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  const tools = isReduced ? reducedTools : readTools(bits);
  bits.read(3); // enable_superres, enable_cdef, enable_restoration
  const depth = readDepth(bits, profile);
  if (bits.isPastEnd) return undefined;
  return {
    profile,
    level: points.level,
    isHighTier: points.tier === 1,
    depth,
    pixels,
    isReduced,
    widthBits,
    heightBits,
    frameIdBits,
    frameIdDeltaBits,
    ...tools,
  };
}

/** Timing, and level and tier of each operating point; those of the first are given. 5.5.1. */
function readOperatingPoints(bits: BitReader): { level: number; tier: number } | undefined {
  if (bits.readFlag()) {
    // `timing_info()`, 5.5.3.
    bits.read(64);
    if (bits.readFlag()) bits.readExpGolomb();
    if (bits.read(1) !== 0) return undefined; // decoder_model_info_present_flag
  }
  const hasDelays = bits.readFlag();
  const count = bits.read(5) + 1;
  const points: { level: number; tier: number }[] = [];
  for (let point = 0; point < count; point += 1) {
    bits.read(12); // operating_point_idc
    const level = bits.read(5);
    points.push({ level, tier: level > 7 ? bits.read(1) : 0 });
    if (hasDelays && bits.readFlag()) bits.read(4);
  }
  return points[0];
}

const reducedTools = { screenContent: EACH_FRAME, integerMotion: EACH_FRAME, orderHintBits: 0 };

/** From `enable_interintra_compound` to `order_hint_bits_minus_1`. 5.5.1. */
function readTools(bits: BitReader): typeof reducedTools {
  bits.read(4); // interintra and masked compound, warped motion, dual filter
  const hasOrderHints = bits.readFlag();
  if (hasOrderHints) bits.read(2); // enable_jnt_comp, enable_ref_frame_mvs
  const screenContent = bits.readFlag() ? EACH_FRAME : bits.read(1);
  const integerMotion = screenContent === 0 || bits.readFlag() ? EACH_FRAME : bits.read(1);
  return { screenContent, integerMotion, orderHintBits: hasOrderHints ? bits.read(3) + 1 : 0 };
}

/** The beginning of `color_config()`. 5.5.2. */
function readDepth(bits: BitReader, profile: number): number {
  const isHigh = bits.readFlag();
  if (profile === 2 && isHigh) return 10 + 2 * bits.read(1);
  return isHigh ? 10 : 8;
}

/**
 * Goes through a frame's header up to its size. 5.9.2.
 *
 * The size is to be within that of the sequence header (6.8.4), and decoders do not insist on it: it is
 * read where the header has one of its own.
 *
 * @returns 0 where the frame has the size of another one
 */
export function pixelsOfFrame(data: Uint8Array, sequence: SequenceHeader): number {
  if (sequence.isReduced) return sequence.pixels;
  const bits = new BitReader(data);
  if (bits.readFlag()) return 0; // show_existing_frame
  const type = bits.read(2);
  const isIntra = type === KEY_FRAME || type === INTRA_ONLY_FRAME;
  const isShown = bits.readFlag();
  if (!isShown) bits.read(1); // showable_frame
  const refreshesAll = type === SWITCH_FRAME || (type === KEY_FRAME && isShown);
  const isErrorResilient = refreshesAll || bits.readFlag();
  bits.read(1); // disable_cdf_update
  const hasScreenContent =
    sequence.screenContent === EACH_FRAME ? bits.readFlag() : sequence.screenContent === 1;
  if (hasScreenContent && sequence.integerMotion === EACH_FRAME) bits.read(1);
  bits.read(sequence.frameIdBits);
  // `frame_size_override_flag`
  if (type !== SWITCH_FRAME && bits.read(1) === 0) return sequence.pixels;
  bits.read(sequence.orderHintBits);
  if (!isIntra && !isErrorResilient) bits.read(3); // primary_ref_frame
  const refreshed = refreshesAll ? 0xff : bits.read(8);
  if (isErrorResilient && (!isIntra || refreshed !== 0xff)) {
    bits.read(SLOTS * sequence.orderHintBits); // ref_order_hint
  }
  if (!isIntra) {
    readReferences(bits, sequence);
    if (!isErrorResilient && readFoundReference(bits)) return 0;
  }
  // `frame_size()`, 5.9.5.
  return (bits.read(sequence.widthBits) + 1) * (bits.read(sequence.heightBits) + 1);
}

/** From `frame_refs_short_signaling` to the last `delta_frame_id_minus_1`. 5.9.2. */
function readReferences(bits: BitReader, sequence: SequenceHeader): void {
  const isShort = sequence.orderHintBits > 0 && bits.readFlag();
  if (isShort) bits.read(6); // last_frame_idx, gold_frame_idx
  bits.read(REFERENCES * ((isShort ? 0 : 3) + sequence.frameIdDeltaBits));
}

/** The flags of `frame_size_with_refs()`, 5.9.7. */
function readFoundReference(bits: BitReader): boolean {
  for (let reference = 0; reference < REFERENCES; reference += 1) {
    if (bits.readFlag()) return true;
  }
  return false;
}
