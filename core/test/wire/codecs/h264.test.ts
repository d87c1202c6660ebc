import { describe, expect, test } from 'vitest';
import { h264 } from '../../../src/wire/codecs/h264.js';
import { describeWith } from '../../../../test/support/optional.js';
import { bytesOf, concat, unsigned, type Field } from './bits.js';
import { encodeUnits, sizes } from './real-units.js';

interface Set {
  readonly columns: number;
  readonly rows: number;
  readonly profile?: number;
  /** `pic_order_cnt_type`. */
  readonly order?: number;
  readonly hasScalingMatrix?: boolean;
  /** Rows of fields: half of them. */
  readonly isInterlaced?: boolean;
  readonly chroma?: number;
}

/** A sequence parameter set with its start code. */
function parameterSet(set: Set): Uint8Array {
  const { columns, rows, profile = 66, order = 2, chroma = 1 } = set;
  const depths: Field[] =
    profile === 66
      ? []
      : [
          unsigned(chroma),
          ...(chroma === 3 ? [[1, 1] as const] : []),
          ...[unsigned(0), unsigned(0), [0, 1] as const],
          [set.hasScalingMatrix === true ? 1 : 0, 1],
        ];
  const bytes = bytesOf(
    ...[[profile, 8] as const, [0, 8] as const, [40, 8] as const, unsigned(0), ...depths],
    ...[unsigned(0), unsigned(order), ...(order === 0 ? [unsigned(4)] : [])],
    ...[unsigned(1), [0, 1] as const, unsigned(columns - 1), unsigned(rows - 1)],
    ...[[set.isInterlaced === true ? 0 : 1, 1] as const, [0b11001, 5] as const],
  );
  return concat([0, 0, 0, 1, 0x67], withEmulationPrevention(bytes));
}

function withEmulationPrevention(bytes: Uint8Array): number[] {
  const unit: number[] = [];
  for (const byte of bytes) {
    if (byte <= 3 && unit.at(-1) === 0 && unit.at(-2) === 0) unit.push(3);
    unit.push(byte);
  }
  return unit;
}

const delimiter = [0, 0, 0, 1, 0x09, 0xf0];
const slice = [0, 0, 1, 0x41, 0x9a, 1, 2];
const small = { columns: 40, rows: 23 };
const large = { columns: 1_000, rows: 1_000 };
const SMALL_PIXELS = 40 * 23 * 256;

/** As a decoder counts: whole macroblocks. */
const macroblocks = (width: number, height: number): number =>
  Math.ceil(width / 16) * Math.ceil(height / 16) * 256;

describeWith('ffmpeg', 'H.264 of ffmpeg', () => {
  test.each(sizes)('of %i × %i', async (width, height) => {
    // Of odd sizes x264 makes only what has all colors.
    const isOdd = width % 2 === 1;
    const pixels = isOdd ? 'yuv444p' : 'yuv420p';
    const units = await encodeUnits('h264', {
      ...{ width, height, pixels },
      ...(isOdd ? { encoder: ['libx264', '-preset', 'ultrafast', '-bf', '0'] } : {}),
    });
    expect(units.map((unit) => h264.pixelsOf(unit))).toEqual([macroblocks(width, height), 0, 0]);
  });

  test.each([
    ['baseline', 'yuv420p', /^avc1\.42c0[0-9a-f]{2}$/],
    ['main', 'yuv420p', /^avc1\.4d40[0-9a-f]{2}$/],
    ['high', 'yuv420p', /^avc1\.6400[0-9a-f]{2}$/],
    ['high10', 'yuv420p10le', /^avc1\.6e00[0-9a-f]{2}$/],
    ['high444', 'yuv444p', /^avc1\.f400[0-9a-f]{2}$/],
  ])('in profile %s', async (profile, pixels, codec) => {
    const encoder = ['libx264', '-preset', 'fast', '-profile:v', profile];
    const size = { width: 640, height: 360 };
    const [key = new Uint8Array()] = await encodeUnits('h264', { ...size, pixels, encoder });
    expect(h264.pixelsOf(key)).toBe(macroblocks(640, 360));
    expect(h264.browserCodecOf(key)).toMatch(codec);
  });

  test('in fields', async () => {
    const encoder = ['libx264', '-preset', 'fast', '-flags', '+ildct+ilme'];
    const [key = new Uint8Array()] = await encodeUnits('h264', {
      ...{ width: 640, height: 360, encoder },
    });
    // 23 rows of macroblocks are no whole number of pairs.
    expect(h264.pixelsOf(key)).toBe(640 * 384);
  });
});

describe('a parameter set', () => {
  test.each([
    ['of baseline', small, SMALL_PIXELS],
    ['with an order of pictures', { ...small, order: 0 }, SMALL_PIXELS],
    ['of high', { ...small, profile: 100 }, SMALL_PIXELS],
    ['with separate planes', { ...small, profile: 244, chroma: 3 }, SMALL_PIXELS],
    ['of fields', { ...small, isInterlaced: true }, SMALL_PIXELS * 2],
    ['that is large', large, 256e6],
    ['with an order by cycles', { ...small, order: 1 }, Infinity],
    ['with scaling', { ...small, profile: 100, hasScalingMatrix: true }, Infinity],
  ])('%s', (_what, set, pixels) => {
    expect(h264.pixelsOf(concat(delimiter, parameterSet(set), slice))).toBe(pixels);
  });

  test('is read without the bytes between its zeros', () => {
    // Its rows are written as 28 zeros, a one and 28 zeros.
    const set = parameterSet({ columns: 1, rows: 2 ** 28 });
    expect(Buffer.from(set).includes(Buffer.of(0, 0, 3))).toBe(true);
    expect(h264.pixelsOf(set)).toBe(2 ** 36);
  });

  test('counts wherever it is', () => {
    expect(h264.pixelsOf(concat(parameterSet(small), parameterSet(large)))).toBe(256e6);
    expect(h264.pixelsOf(concat(parameterSet(large), parameterSet(small)))).toBe(256e6);
    expect(h264.pixelsOf(concat(slice, parameterSet(large)))).toBe(256e6);
  });

  test('is nonsense where it ends early', () => {
    const whole = parameterSet(small);
    for (let length = 5; length < whole.length - 2; length += 1) {
      const part = whole.subarray(0, length);
      expect(h264.pixelsOf(part)).not.toBeLessThan(Infinity);
      expect(h264.pixelsOf(concat(parameterSet(small), part))).not.toBeLessThan(Infinity);
    }
  });
});

test('what builds on a picture says nothing of it', () => {
  expect(h264.pixelsOf(Uint8Array.from(slice))).toBe(0);
});

test('the codec string has profile, constraints and level of the first set', () => {
  const sets = concat(delimiter, parameterSet(small), parameterSet({ ...small, profile: 100 }));
  expect(h264.browserCodecOf(sets)).toBe('avc1.420028');
  expect(h264.browserCodecOf(Uint8Array.from(slice))).toBeUndefined();
  expect(h264.browserCodecOf(Uint8Array.of(0, 0, 1, 0x67, 66, 0))).toBeUndefined();
});

test.each([
  ['sequence parameter sets', [...parameterSet(small)], SMALL_PIXELS, 32],
  ['picture parameter sets', [0, 0, 1, 0x68, 0x88], 0, 256],
  ['NAL units', [0, 0, 1, 0x06, 0x88], 0, 1_024],
])('there is a bounded number of %s', (_what, unit, pixels, most) => {
  const times = (count: number) => Uint8Array.from(Array<number[]>(count).fill(unit).flat());
  expect(h264.pixelsOf(times(most))).toBe(pixels);
  expect(h264.pixelsOf(times(most + 1))).toBe(Infinity);
  expect(h264.pixelsOf(times(104_000))).toBe(Infinity);
});
