import { describe, expect, test } from 'vitest';
import { av1 } from '../../../src/wire/codecs/av1.js';
import { describeWith } from '../../../../test/support/optional.js';
import {
  delimiter,
  frameHeader,
  obu,
  sequenceHeader,
  type Av1Frame,
  type Av1Sequence,
} from './av1-obus.js';
import { bytesOf, concat } from './bits.js';
import { encodeUnits, probeSizes, sizes } from './real-units.js';

const small = { width: 640, height: 360 };
const SMALL_PIXELS = 640 * 360;
const large = { width: 30_000, height: 20_000 };
const LARGE_PIXELS = 600e6;
const LARGE = [30_000, 20_000] as const;
const [FRAME_HEADER, FRAME, REDUNDANT_FRAME_HEADER] = [3, 6, 7];

const keyUnit = concat(
  ...[delimiter, sequenceHeader(small), obu(FRAME, frameHeader({ type: 0 }, small))],
);
const deltaUnit = (frame: Av1Frame, sequence: Av1Sequence = small): Uint8Array =>
  concat(delimiter, obu(FRAME, frameHeader(frame, sequence)));

describeWith('ffmpeg', 'AV1 of ffmpeg', () => {
  test.each(sizes)('of %i × %i', async (width, height) => {
    const units = await encodeUnits('av1', { width, height });
    const [key = keyUnit] = units;
    expect(units.map((unit) => av1.pixelsOf(unit))).toEqual([width * height, 0, 0]);
    expect(units.map((unit) => av1.pixelsOf(unit, key))).toEqual(Array(3).fill(width * height));
    expect(av1.browserCodecOf(key)).toMatch(/^av01\.0\.\d\dM\.08$/);
  });

  test.each([
    ['yuv420p10le', /^av01\.0\.\d\dM\.10$/],
    ['yuv444p', /^av01\.1\.\d\dM\.08$/],
    ['yuv422p10le', /^av01\.2\.\d\dM\.10$/],
    ['yuv420p12le', /^av01\.2\.\d\dM\.12$/],
  ])('of %s', async (pixels, codec) => {
    const units = await encodeUnits('av1', { width: 66, height: 50, pixels });
    const [key = keyUnit] = units;
    expect(units.map((unit) => av1.pixelsOf(unit, key))).toEqual(Array(3).fill(66 * 50));
    expect(av1.browserCodecOf(key)).toMatch(codec);
  });

  test.each([
    ['rav1e, with frames of which several are in one unit', ['librav1e', '-speed', '10']],
    ['SVT-AV1', ['libsvtav1', '-preset', '10']],
    [
      'libaom, with ids of frames',
      ['libaom-av1', '-cpu-used', '8', '-error-resilience', 'default'],
    ],
    ['libaom, with still pictures', ['libaom-av1', '-cpu-used', '8', '-still-picture', '1']],
  ])('of %s', async (_who, encoder) => {
    const count = encoder.includes('-still-picture') ? 1 : 10;
    const units = await encodeUnits('av1', { ...small, encoder, count });
    const [key = keyUnit] = units;
    // One that is only shown, as was decoded before, says nothing.
    const pixels = new Set(units.map((unit) => av1.pixelsOf(unit, key)));
    pixels.delete(0);
    expect([...pixels]).toEqual([SMALL_PIXELS]);
  });

  test('whose frames have sizes of their own', async () => {
    const scaled = 'pred-struct=1:resize-mode=1:resize-denom=12:resize-kf-denom=14';
    const encoder = ['libsvtav1', '-preset', '10', '-svtav1-params', scaled];
    const units = await encodeUnits('av1', { ...small, encoder, count: 6 });
    const seen = await probeSizes(units);
    expect(new Set(seen.map(String)).size).toBe(2);
    // The frames without the sequence header that says more.
    const [key = keyUnit] = units;
    const rest = units.slice(1).map((unit) => av1.pixelsOf(unit, key));
    const explicit = rest.filter((pixels) => pixels > 0);
    expect(explicit.length).toBeGreaterThan(1);
    rest.forEach((pixels, number) => {
      const [width, height] = seen[number + 1] ?? [0, 0];
      if (pixels > 0) expect(pixels).toBe(width * height);
    });
    expect(rest).not.toContain(SMALL_PIXELS);
  });
});

describe('a sequence header', () => {
  const kinds: Omit<Av1Sequence, 'width' | 'height'>[] = [
    {},
    { sizeBits: 15 },
    { level: 5 },
    { level: 19, isHighTier: true },
    { isReduced: true },
    { hasTiming: true },
    { hasDelays: true, operatingPoints: 32 },
    { hasFrameIds: true },
    { screenContent: 0 },
    { screenContent: 1, integerMotion: 0 },
    { orderHintBits: 0 },
    { profile: 1, depth: 10 },
    { profile: 2, depth: 12 },
  ];

  test.each(kinds)('says the size: %o', (kind) => {
    expect(av1.pixelsOf(sequenceHeader({ ...small, ...kind }))).toBe(SMALL_PIXELS);
    expect(av1.pixelsOf(sequenceHeader({ ...large, ...kind }))).toBe(LARGE_PIXELS);
  });

  test.each(kinds)('has room for its frames: %o', (kind) => {
    const sequence = { ...small, ...kind };
    const header = sequenceHeader(sequence);
    const frame = (size?: Av1Frame['size']): Uint8Array =>
      obu(FRAME, frameHeader({ type: 1, ...(size && { size }) }, sequence));
    expect(av1.pixelsOf(concat(header, frame()))).toBe(SMALL_PIXELS);
    const pixels = kind.isReduced === true ? SMALL_PIXELS : LARGE_PIXELS;
    expect(av1.pixelsOf(concat(header, frame(LARGE)))).toBe(pixels);
  });

  test.each(kinds)('is nonsense where it ends early: %o', (kind) => {
    const payload = sequenceHeader({ ...small, ...kind }).subarray(2);
    for (let length = 0; length < payload.length - 1; length += 1) {
      expect(av1.pixelsOf(obu(1, payload.subarray(0, length)))).toBe(Infinity);
    }
  });

  test('counts wherever it is', () => {
    const second = sequenceHeader(large);
    expect(av1.pixelsOf(concat(sequenceHeader(small), second))).toBe(LARGE_PIXELS);
    expect(av1.pixelsOf(concat(second, sequenceHeader(small)))).toBe(LARGE_PIXELS);
    expect(av1.pixelsOf(concat(keyUnit, second))).toBe(LARGE_PIXELS);
    expect(av1.pixelsOf(concat(keyUnit, obu(1, second.subarray(2), true)))).toBe(LARGE_PIXELS);
  });

  test('is nonsense in a profile that there is not, and with a decoder model', () => {
    expect(av1.pixelsOf(sequenceHeader({ ...small, profile: 3 }))).toBe(Infinity);
    const model = { hasTiming: true, hasDecoderModel: true };
    expect(av1.pixelsOf(sequenceHeader({ ...small, ...model }))).toBe(Infinity);
  });
});

describe('a frame', () => {
  const sequences: Av1Sequence[] = [
    small,
    { ...small, hasFrameIds: true },
    { ...small, orderHintBits: 0 },
    { ...small, screenContent: 0, orderHintBits: 1 },
    { ...small, screenContent: 1, integerMotion: 1 },
    { ...small, screenContent: 1, sizeBits: 15 },
  ];
  const frames: Av1Frame[] = [
    { type: 0 },
    { type: 0, hasScreenContent: true },
    { type: 0, isHidden: true },
    { type: 0, isHidden: true, isErrorResilient: true },
    { type: 0, isHidden: true, isErrorResilient: true, refreshed: 255 },
    { type: 1 },
    { type: 1, isHidden: true, hasScreenContent: true },
    { type: 1, isErrorResilient: true },
    { type: 1, isShort: true },
    { type: 1, isShort: true, isErrorResilient: true },
    { type: 2 },
    { type: 2, isErrorResilient: true },
    { type: 3 },
  ];

  test.each(frames)('says a size of its own: %o', (frame) => {
    for (const sequence of sequences) {
      // A decoder that is to find the references itself needs order hints.
      if (frame.isShort === true && sequence.orderHintBits === 0) continue;
      const key = concat(delimiter, sequenceHeader(sequence));
      const pixels = (more: Partial<Av1Frame>): number =>
        av1.pixelsOf(deltaUnit({ ...frame, ...more }, sequence), key);
      expect(pixels({ size: LARGE })).toBe(LARGE_PIXELS);
      expect(pixels({ size: [320, 200] })).toBe(320 * 200);
      if (frame.type !== 3) expect(pixels({})).toBe(SMALL_PIXELS);
    }
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('has the size of its reference %i', (sizeOf) => {
    expect(av1.pixelsOf(deltaUnit({ type: 1, sizeOf }), keyUnit)).toBe(0);
  });

  test('has no size of its own where the sequence is one picture', () => {
    const sequence = { ...small, isReduced: true };
    const header = frameHeader({ type: 0, size: LARGE }, { ...small, orderHintBits: 0 });
    expect(av1.pixelsOf(concat(sequenceHeader(sequence), obu(FRAME, header)))).toBe(SMALL_PIXELS);
  });

  test('is shown again', () => {
    const shown = concat(delimiter, obu(FRAME_HEADER, bytesOf([1, 1], [3, 3])));
    expect(av1.pixelsOf(shown, keyUnit)).toBe(0);
  });

  test('counts in each kind of OBU, and wherever it is', () => {
    const header = frameHeader({ type: 1, size: LARGE }, small);
    for (const type of [FRAME_HEADER, FRAME, REDUNDANT_FRAME_HEADER]) {
      for (const hasExtension of [false, true]) {
        const frame = obu(type, header, hasExtension);
        expect(av1.pixelsOf(concat(deltaUnit({ type: 1 }), frame), keyUnit)).toBe(LARGE_PIXELS);
        expect(av1.pixelsOf(concat(keyUnit, frame))).toBe(LARGE_PIXELS);
      }
    }
    const after = obu(FRAME, frameHeader({ type: 1, size: [320, 200] }, small));
    expect(av1.pixelsOf(concat(obu(FRAME, header), after), keyUnit)).toBe(LARGE_PIXELS);
    // A tile group, which has no header.
    expect(av1.pixelsOf(concat(keyUnit, obu(4, header)))).toBe(SMALL_PIXELS);
  });

  test('is nonsense where it ends early', () => {
    const whole = frameHeader({ type: 1, size: LARGE }, small);
    for (let length = 0; length < whole.length - 1; length += 1) {
      const unit = concat(delimiter, obu(FRAME, whole.subarray(0, length)));
      expect(av1.pixelsOf(unit, keyUnit)).not.toBeLessThan(Infinity);
    }
  });

  test('needs the sequence header of its key unit', () => {
    const unit = deltaUnit({ type: 1, size: LARGE });
    expect(av1.pixelsOf(unit)).toBe(0);
    expect(av1.pixelsOf(unit, unit)).toBe(Infinity);
    expect(av1.pixelsOf(unit, delimiter)).toBe(Infinity);
  });
});

test('behind a key unit there is no other sequence header', () => {
  const other = sequenceHeader({ ...small, screenContent: 0 });
  expect(av1.pixelsOf(concat(sequenceHeader(small), deltaUnit({ type: 1 })), keyUnit)).toBe(
    SMALL_PIXELS,
  );
  expect(av1.pixelsOf(concat(other, deltaUnit({ type: 1 })), keyUnit)).toBe(Infinity);
  const longer = obu(1, concat(sequenceHeader(small).subarray(2), [0]));
  expect(av1.pixelsOf(longer, keyUnit)).toBe(Infinity);
  expect(av1.pixelsOf(sequenceHeader(small), longer)).toBe(Infinity);
  const two = concat(keyUnit, other);
  expect(av1.pixelsOf(two, two)).toBe(Infinity);
  // What a decoder goes by is the last one.
  const huge = deltaUnit({ type: 1, size: LARGE }, { ...small, screenContent: 0 });
  expect(av1.pixelsOf(huge, two)).toBe(LARGE_PIXELS);
});

describe('an OBU', () => {
  const header = sequenceHeader(small);

  test('has a size', () => {
    const without = Uint8Array.of((header[0] ?? 0) & ~2, ...header.subarray(2));
    expect(av1.pixelsOf(without)).toBe(Infinity);
    // Also where its first byte could be one.
    const flagless = concat([(header[0] ?? 0) & ~2], header.subarray(1));
    expect(av1.pixelsOf(flagless)).toBe(Infinity);
    expect(av1.pixelsOf(concat(keyUnit, without))).toBe(Infinity);
  });

  test('has a size of up to eight bytes', () => {
    const [type = 0, size = 0, ...payload] = header;
    const sized = (...bytes: number[]): Uint8Array => concat([type], bytes, payload);
    const zeros = (count: number): number[] => Array<number>(count).fill(0x80);
    expect(av1.pixelsOf(sized(size | 0x80, ...zeros(6), 0))).toBe(SMALL_PIXELS);
    expect(av1.pixelsOf(sized(size | 0x80, ...zeros(7), 0))).toBe(Infinity);
    expect(av1.pixelsOf(sized(size | 0x80))).toBe(Infinity);
    expect(av1.pixelsOf(sized(size | 0x80, 1))).toBe(Infinity);
    expect(av1.pixelsOf(concat(header, [0x12], zeros(9)))).toBe(Infinity);
    const long = obu(15, new Uint8Array(300));
    expect(av1.pixelsOf(concat(long, header))).toBe(SMALL_PIXELS);
  });

  test('is whole', () => {
    for (let length = 1; length < header.length; length += 1) {
      expect(av1.pixelsOf(header.subarray(0, length))).toBe(Infinity);
    }
    expect(av1.pixelsOf(Uint8Array.of(0x0e))).toBe(Infinity);
  });

  test('has no forbidden bit', () => {
    expect(av1.pixelsOf(concat([(header[0] ?? 0) | 0x80], header.subarray(1)))).toBe(Infinity);
  });

  test('is one of a bounded number', () => {
    const times = (count: number) =>
      concat(header, ...Array<Uint8Array>(count - 1).fill(delimiter));
    expect(av1.pixelsOf(times(64))).toBe(SMALL_PIXELS);
    expect(av1.pixelsOf(times(65))).toBe(Infinity);
  });
});

test.each([
  [{}, 'av01.0.08M.08'],
  [{ level: 5 }, 'av01.0.05M.08'],
  [{ level: 19, isHighTier: true }, 'av01.0.19H.08'],
  [{ level: 9, hasTiming: true, hasDelays: true, operatingPoints: 3 }, 'av01.0.09M.08'],
  [{ isReduced: true, level: 13 }, 'av01.0.13M.08'],
  [{ depth: 10 }, 'av01.0.08M.10'],
  [{ profile: 1, depth: 10 }, 'av01.1.08M.10'],
  [{ profile: 2 }, 'av01.2.08M.08'],
  [{ profile: 2, depth: 10, hasFrameIds: true }, 'av01.2.08M.10'],
  [{ profile: 2, depth: 12, screenContent: 1, integerMotion: 1 }, 'av01.2.08M.12'],
  [{ depth: 10, screenContent: 0, orderHintBits: 0 }, 'av01.0.08M.10'],
] as const)('the codec string of %o is %s', (kind, codec) => {
  expect(av1.browserCodecOf(concat(delimiter, sequenceHeader({ ...small, ...kind })))).toBe(codec);
});

test('what has no sequence header has no codec string', () => {
  expect(av1.browserCodecOf(delimiter)).toBeUndefined();
  expect(av1.browserCodecOf(Uint8Array.of(0x80))).toBeUndefined();
  expect(av1.browserCodecOf(obu(1, Uint8Array.of(0)))).toBeUndefined();
});
