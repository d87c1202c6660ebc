import { expect, test } from 'vitest';
import { vp8 } from '../../../src/wire/codecs/vp8.js';
import { describeWith } from '../../../../test/support/optional.js';
import { encodeUnits, sizes } from './real-units.js';

const low16 = (value: number): number[] => [value & 255, value >> 8];

function header(width: number, height: number, tag = 0x10): Uint8Array {
  return Uint8Array.of(tag, 0, 0, 0x9d, 0x01, 0x2a, ...low16(width), ...low16(height));
}

describeWith('ffmpeg', 'VP8 of ffmpeg', () => {
  test.each(sizes)('of %i × %i', async (width, height) => {
    const units = await encodeUnits('vp8', { width, height });
    expect(units.map((unit) => vp8.pixelsOf(unit))).toEqual([width * height, 0, 0]);
  });
});

test('the size is without the bits for scaling', () => {
  expect(vp8.pixelsOf(header(16_383, 16_382))).toBe(16_383 * 16_382);
  expect(vp8.pixelsOf(header(0x4000 | 640, 0xc000 | 360))).toBe(640 * 360);
});

test('only a key frame says it', () => {
  expect(vp8.pixelsOf(header(16_000, 16_000, 0x11))).toBe(0);
});

test('a key frame says it', () => {
  expect(vp8.pixelsOf(header(640, 360).subarray(0, 9))).toBe(Infinity);
  expect(vp8.pixelsOf(header(640, 0))).toBe(Infinity);
  expect(vp8.pixelsOf(Uint8Array.of(0x10, 0))).toBe(Infinity);
});
