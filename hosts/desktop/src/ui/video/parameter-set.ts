/** End of the start code before each NAL unit. ITU-T H.264, annex B. */
const START_CODE = [0, 0, 1];
/** `nal_unit_type` of a sequence parameter set. ITU-T H.264, table 7-1. */
const SEQUENCE_PARAMETER_SET = 7;
/** More than the bytes of a set up to the size. */
const MAX_BYTES = 256;
/** Profiles whose sets contain chroma format and bit depths. ITU-T H.264, 7.3.2.1.1. */
const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/** Ids range from 0 to 31: more sets in a frame overwrite each other. ITU-T H.264, 7.4.2.1.1. */
const MAX_SETS = 32;
/** `nal_unit_type` of a picture parameter set. Ids range from 0 to 255. ITU-T H.264, 7.4.2.2. */
const PICTURE_PARAMETER_SET = 8;
const MAX_PICTURE_SETS = 256;
/** NAL units of a frame: one slice per network packet for a frame of 1 MiB. */
const MAX_UNITS = 1_024;

/**
 * Returns the sequence parameter sets of an H.264 frame, each from its profile byte on.
 *
 * @returns undefined if the frame has more units than an encoder produces: a decoder would keep
 * them
 */
export function parameterSets(frame: Uint8Array): Uint8Array[] | undefined {
  const sets: Uint8Array[] = [];
  let units = 0;
  let pictureSets = 0;
  for (let at = frame.indexOf(1); at >= 0; at = frame.indexOf(1, at + 1)) {
    const isUnit = START_CODE.every((byte, offset) => frame[at - 2 + offset] === byte);
    if (!isUnit) continue;
    const type = (frame[at + 1] ?? 0) & 0x1f;
    units += 1;
    if (type === PICTURE_PARAMETER_SET) pictureSets += 1;
    if (type === SEQUENCE_PARAMETER_SET) sets.push(frame.subarray(at + 2, at + 2 + MAX_BYTES));
    if (units > MAX_UNITS || sets.length > MAX_SETS || pictureSets > MAX_PICTURE_SETS) {
      return undefined;
    }
  }
  return sets;
}

/** Pixels of an image according to a parameter set; NaN or infinite if it is not understood. */
export function pixelsOfParameterSet(set: Uint8Array): number {
  const bits = new BitReader(withoutEmulationPrevention(set));
  const profile = bits.take(8);
  bits.take(16); // constraints and level
  bits.takeUnsigned(); // id
  if (HIGH_PROFILES.includes(profile)) {
    if (bits.takeUnsigned() === 3) bits.take(1); // chroma format, separate planes
    bits.takeUnsigned(); // depth of brightness
    bits.takeUnsigned(); // depth of color
    bits.take(1); // lossless
    // Encoders for calls use no scaling matrices.
    if (bits.take(1) !== 0) return Infinity;
  }
  bits.takeUnsigned(); // bits of frame_num
  const order = bits.takeUnsigned();
  if (order === 0) bits.takeUnsigned();
  else if (order !== 2) return Infinity; // nor an order by cycles
  bits.takeUnsigned(); // reference frames
  bits.take(1); // gaps
  const columns = bits.takeUnsigned() + 1;
  const rows = bits.takeUnsigned() + 1;
  const fields = 2 - bits.take(1);
  return columns * 16 * rows * 16 * fields;
}

/** Removes emulation prevention bytes. ITU-T H.264, 7.4.1. */
function withoutEmulationPrevention(unit: Uint8Array): Uint8Array {
  return unit.filter(
    (byte, at) => byte !== 3 || at < 2 || unit[at - 1] !== 0 || unit[at - 2] !== 0,
  );
}

/** Reads bits. Past the end it returns `NaN`, for which every comparison is false. */
class BitReader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  take(count: number): number {
    let value = 0;
    for (let taken = 0; taken < count; taken += 1) {
      const byte = this.#data[this.#at >> 3] ?? NaN;
      value = value * 2 + (Number.isNaN(byte) ? NaN : (byte >> (7 - (this.#at & 7))) & 1);
      this.#at += 1;
    }
    return value;
  }

  /** Exp-Golomb, `ue(v)`. ITU-T H.264, 9.1. */
  takeUnsigned(): number {
    let zeros = 0;
    let bit = this.take(1);
    for (; bit === 0; bit = this.take(1)) zeros += 1;
    return Number.isNaN(bit) ? NaN : 2 ** zeros - 1 + this.take(zeros);
  }
}
