import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { vp9 } from '../../../src/wire/codecs/vp9.js';
import { describeWith } from '../../../../test/support/optional.js';
import { concat } from './bits.js';
import { encodeUnits, encodeUnitsTwice, sizes } from './real-units.js';
import { superframe, vp9Frame, vp9Shown, type Vp9Frame } from './vp9-frames.js';

const small = { width: 640, height: 360 };
const large = { width: 30_000, height: 20_000 };
const LARGE_PIXELS = 600e6;
const key = vp9Frame({ type: 'key', ...small });

const isSuperframe = (unit: Uint8Array): boolean => (unit.at(-1) ?? 0) >> 5 === 0b110;

describeWith('ffmpeg', 'VP9 of ffmpeg', () => {
  test.each(sizes)('of %i × %i', async (width, height) => {
    const units = await encodeUnits('vp9', { width, height });
    expect(units.map((unit) => vp9.pixelsOf(unit))).toEqual([width * height, 0, 0]);
    expect(vp9.browserCodecOf(units[0] ?? key)).toBe('vp09.00.41.08');
  });

  test('in superframes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'roomkey-vp9-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const encoder = ['libvpx-vp9', '-cpu-used', '4', '-lag-in-frames', '25', '-auto-alt-ref', '1'];
    const encoding = { width: 65, height: 49, encoder, count: 40 };
    const units = await encodeUnitsTwice('vp9', encoding, folder);
    expect(units.some(isSuperframe)).toBe(true);
    expect(units.map((unit) => vp9.pixelsOf(unit))).toEqual([65 * 49, ...Array<0>(39).fill(0)]);
  });

  test.each([
    ['yuv444p', 'vp09.01.41.08'],
    ['gbrp', 'vp09.01.41.08'],
    ['yuv420p10le', 'vp09.02.41.10'],
    ['yuv420p12le', 'vp09.02.41.12'],
    ['yuv444p10le', 'vp09.03.41.10'],
    ['gbrp12le', 'vp09.03.41.12'],
  ])('of %s', async (pixels, codec) => {
    const units = await encodeUnits('vp9', { width: 65, height: 49, pixels });
    expect(units.map((unit) => vp9.pixelsOf(unit))).toEqual([65 * 49, 0, 0]);
    expect(vp9.browserCodecOf(units[0] ?? key)).toBe(codec);
  });
});

describe('a frame', () => {
  const kinds: Omit<Vp9Frame, 'width' | 'height'>[] = [
    { type: 'key' },
    { type: 'key', isHidden: true, isErrorResilient: true },
    { type: 'key', profile: 1 },
    { type: 'key', profile: 1, isRgb: true },
    { type: 'key', profile: 2 },
    { type: 'key', profile: 2, isRgb: true },
    { type: 'key', profile: 3, isTwelveBit: true },
    { type: 'intra-only' },
    { type: 'intra-only', isErrorResilient: true },
    { type: 'intra-only', profile: 1 },
    { type: 'intra-only', profile: 3, isRgb: true },
    { type: 'inter' },
    { type: 'inter', isErrorResilient: true },
    { type: 'inter', isHidden: true },
    { type: 'inter', profile: 3 },
  ];

  test.each(kinds)('says its size: %o', (kind) => {
    expect(vp9.pixelsOf(vp9Frame({ ...kind, ...small }))).toBe(640 * 360);
    expect(vp9.pixelsOf(vp9Frame({ ...kind, ...large }))).toBe(LARGE_PIXELS);
    expect(vp9.pixelsOf(vp9Frame({ ...kind, width: 65_536, height: 65_536 }))).toBe(2 ** 32);
  });

  test.each(kinds)('is nonsense where it ends early: %o', (kind) => {
    const whole = vp9Frame({ ...kind, ...small });
    // Up to the byte with the last bits of the size.
    for (let length = 0; length < whole.length - 2; length += 1) {
      expect(vp9.pixelsOf(whole.subarray(0, length))).not.toBeLessThan(Infinity);
    }
  });

  test.each([0, 1, 2])('has the size of its reference %i', (sizeOf) => {
    expect(vp9.pixelsOf(vp9Frame({ type: 'inter', ...large, sizeOf }))).toBe(0);
  });

  test.each([0, 3])('is shown again, in profile %i', (profile) => {
    expect(vp9.pixelsOf(vp9Shown(profile))).toBe(0);
    expect(vp9.pixelsOf(concat(vp9Shown(profile), [0, 0]))).toBe(0);
    expect(vp9.pixelsOf(concat(vp9Shown(profile), [0x20]))).toBe(Infinity);
    expect(vp9.pixelsOf(concat(vp9Shown(profile), key))).toBe(Infinity);
  });

  test('is nonsense with another marker, profile or sync code', () => {
    expect(vp9.pixelsOf(Uint8Array.of(0x42, ...key.subarray(1)))).toBe(Infinity);
    const reserved = vp9Frame({ type: 'key', profile: 3, ...small });
    reserved[0] = (reserved[0] ?? 0) | 0x08;
    expect(vp9.pixelsOf(reserved)).toBe(Infinity);
    for (const type of ['key', 'intra-only'] as const) {
      expect(vp9.pixelsOf(vp9Frame({ type, ...small, syncCode: 0x498343 }))).toBe(Infinity);
    }
  });
});

describe('a superframe', () => {
  const inter = vp9Frame({ type: 'inter', ...small, sizeOf: 0 });
  const huge = vp9Frame({ type: 'inter', ...large });

  test.each([1, 2, 3, 4])(
    'says the largest size of its frames, with %i bytes each',
    (sizeBytes) => {
      expect(vp9.pixelsOf(superframe([inter], { sizeBytes }))).toBe(0);
      expect(vp9.pixelsOf(superframe([inter, huge], { sizeBytes }))).toBe(LARGE_PIXELS);
      expect(vp9.pixelsOf(superframe([huge, key], { sizeBytes }))).toBe(LARGE_PIXELS);
      expect(vp9.pixelsOf(superframe([key, inter, vp9Shown()], { sizeBytes }))).toBe(640 * 360);
      const eight = [...Array<Uint8Array>(7).fill(inter), huge];
      expect(vp9.pixelsOf(superframe(eight, { sizeBytes }))).toBe(LARGE_PIXELS);
    },
  );

  test('is nonsense where its sizes are not those of its frames', () => {
    const total = key.length + huge.length;
    for (const sizes of [[total - 1], [total + 1], [key.length, huge.length + 1], [0, total]]) {
      expect(vp9.pixelsOf(superframe([key, huge], { sizes }))).toBe(Infinity);
    }
  });

  test('is nonsense with half an index', () => {
    const whole = superframe([key, inter]);
    const damaged = Uint8Array.from(whole);
    damaged[whole.length - 6] = 0;
    expect(vp9.pixelsOf(damaged)).toBe(Infinity);
    expect(vp9.pixelsOf(Uint8Array.of(0b11000000))).toBe(Infinity);
    expect(vp9.pixelsOf(concat(key, [0b11000001]))).toBe(Infinity);
  });
});

test.each([
  [640, 360, '41'],
  [1920, 1088, '41'],
  [3840, 2160, '51'],
  [4096, 4096, '60'],
])('the codec string of %i × %i has a level of 60 frames a second', (width, height, level) => {
  const frame = vp9Frame({ type: 'key', width, height });
  expect(vp9.browserCodecOf(frame)).toBe(`vp09.00.${level}.08`);
  // The layers of one picture.
  expect(vp9.browserCodecOf(superframe([key, frame]))).toBe(`vp09.00.${level}.08`);
});

test('what makes no sense has no codec string', () => {
  expect(vp9.browserCodecOf(vp9Frame({ type: 'key', ...large }))).toBeUndefined();
  expect(vp9.browserCodecOf(key.subarray(0, 5))).toBeUndefined();
  expect(vp9.browserCodecOf(Uint8Array.of(0b11000000))).toBeUndefined();
});

test('a decoder is given each frame with its end', () => {
  const sealed = vp9.forDecoder(key);
  expect(sealed).toEqual(superframe([key], { sizeBytes: 4 }));
  expect(vp9.pixelsOf(sealed)).toBe(640 * 360);
  const many = superframe([key, key]);
  expect(vp9.forDecoder(many)).toBe(many);
});
