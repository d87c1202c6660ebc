import { BitReader } from './bit-reader.js';
import type { VideoCodecDefinition } from './definition.js';

/** ITU-T H.264, as a byte stream (annex B). */
export const h264 = {
  name: 'h264',
  number: 2,
  hasDeltaUnits: true,
  /** Constrained baseline up to 1080p at 60 frames a second: what every realtime encoder gives. */
  browserCodec: 'avc1.42E02A',
  browserCodecOf,
  pixelsOf: (data) => {
    const sets = parameterSets(data);
    return sets === undefined ? Infinity : Math.max(0, ...sets.map(pixelsOfParameterSet));
  },
} as const satisfies VideoCodecDefinition<'h264'>;

/** The start code before each NAL unit of a byte stream ends with these. Annex B, B.1. */
const START_CODE = [0, 0, 1];
/** `nal_unit_type`. Table 7-1. */
const SEQUENCE_PARAMETER_SET = 7;
const PICTURE_PARAMETER_SET = 8;

/** NAL units of a picture: as many slices as packets of a network for a unit of one mebibyte. */
const MAX_NAL_UNITS = 1_024;
/** Sets have ids from 0 to 31: more in a picture write over each other. 7.4.2.1.1. */
const MAX_SETS = 32;
/** The ids of picture parameter sets go from 0 to 255. 7.4.2.2. */
const MAX_PICTURE_SETS = 256;
/** More than the part of a set that tells the size. */
const MAX_SET_BYTES = 256;
/** The values of `profile_idc` whose sets tell of colors and depths. 7.3.2.1.1. */
const HIGH_PROFILES = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/** Profile, constraints and level as the parameter set says, in the manner of RFC 6381, 3.3. */
function browserCodecOf(keyUnit: Uint8Array): string | undefined {
  const [set] = parameterSets(keyUnit) ?? [];
  if (set === undefined || set.length < 3) return undefined;
  const profile = [...set.subarray(0, 3)];
  return `avc1.${profile.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * The sequence parameter sets of a picture, each from its profile on.
 *
 * @returns undefined where there are more NAL units than an encoder makes: a decoder would keep them
 */
function parameterSets(data: Uint8Array): Uint8Array[] | undefined {
  const sets: Uint8Array[] = [];
  let units = 0;
  let pictureSets = 0;
  for (let at = data.indexOf(1); at >= 0; at = data.indexOf(1, at + 1)) {
    const isUnit = START_CODE.every((byte, offset) => data[at - 2 + offset] === byte);
    if (!isUnit) continue;
    const type = (data[at + 1] ?? 0) & 0x1f;
    units += 1;
    if (type === PICTURE_PARAMETER_SET) pictureSets += 1;
    if (type === SEQUENCE_PARAMETER_SET) sets.push(data.subarray(at + 2, at + 2 + MAX_SET_BYTES));
    if (units > MAX_NAL_UNITS || sets.length > MAX_SETS || pictureSets > MAX_PICTURE_SETS) {
      return undefined;
    }
  }
  return sets;
}

/** The pixels of all macroblocks, those that are cut off included: a decoder has them. 7.3.2.1.1. */
function pixelsOfParameterSet(set: Uint8Array): number {
  const bits = new BitReader(withoutEmulationPrevention(set));
  const profile = bits.read(8);
  bits.read(16); // constraints and level
  bits.readExpGolomb(); // id
  if (HIGH_PROFILES.includes(profile)) {
    if (bits.readExpGolomb() === 3) bits.read(1); // chroma format, separate planes
    bits.readExpGolomb(); // depth of brightness
    bits.readExpGolomb(); // depth of color
    bits.read(1); // lossless
    // No encoder for calls has scaling matrices.
    if (bits.read(1) !== 0) return Infinity;
  }
  bits.readExpGolomb(); // bits of frame_num
  const order = bits.readExpGolomb();
  if (order === 0) bits.readExpGolomb();
  else if (order !== 2) return Infinity; // nor an order by cycles
  bits.readExpGolomb(); // reference frames
  bits.read(1); // gaps
  const columns = bits.readExpGolomb() + 1;
  const rows = bits.readExpGolomb() + 1;
  const fields = 2 - bits.read(1);
  return columns * 16 * rows * 16 * fields;
}

/** Takes out the bytes that keep start codes from arising. 7.4.1. */
function withoutEmulationPrevention(unit: Uint8Array): Uint8Array {
  return unit.filter(
    (byte, at) => byte !== 3 || at < 2 || unit[at - 1] !== 0 || unit[at - 2] !== 0,
  );
}
