import { expect, test } from 'vitest';
import { jpeg } from '../../../src/wire/codecs/jpeg.js';
import { describeWith } from '../../../../test/support/optional.js';
import { encodeUnits, sizes } from './real-units.js';

const u16 = (value: number): number[] => [value >> 8, value & 255];

interface Parts {
  /** Of the frame header. */
  readonly marker?: number;
  readonly before?: readonly number[];
  readonly start?: readonly number[];
}

/** The beginning of a JPEG, with a table before the frame header. */
function header(width: number, height: number, parts: Parts = {}): Uint8Array {
  const { marker = 0xc0, before = [], start = [0xff, 0xd8] } = parts;
  const table = [0xff, 0xdb, ...u16(4), 0, 1];
  const frame = [0xff, marker, ...u16(11), 8, ...u16(height), ...u16(width), 1, 1, 0x11, 0];
  return Uint8Array.from([...start, ...before, ...table, ...frame, 0xff, 0xda]);
}

describeWith('ffmpeg', 'a JPEG of ffmpeg', () => {
  test.each(sizes)('of %i × %i', async (width, height) => {
    const units = await encodeUnits('jpeg', { width, height });
    expect(units.map((unit) => jpeg.pixelsOf(unit))).toEqual(Array(3).fill(width * height));
  });
});

test.each([0xc0, 0xc1, 0xc2, 0xc9, 0xcf])('the size is behind marker %i', (marker) => {
  expect(jpeg.pixelsOf(header(640, 360, { marker }))).toBe(640 * 360);
  expect(jpeg.pixelsOf(header(65_535, 65_534, { marker }))).toBe(65_535 * 65_534);
});

test('a table is none, nor is what is in a comment', () => {
  const inside = [0xff, 0xc0, ...u16(11), 8, ...u16(16), ...u16(16), 1, 1];
  const comment = [0xff, 0xfe, ...u16(2 + inside.length), ...inside];
  expect(jpeg.pixelsOf(header(640, 360, { before: comment }))).toBe(640 * 360);
  for (const marker of [0xc4, 0xc8, 0xcc]) {
    const table = [0xff, marker, ...u16(9), ...new Uint8Array(7)];
    expect(jpeg.pixelsOf(header(640, 360, { before: table }))).toBe(640 * 360);
  }
});

test.each([
  ['a fill byte', [0xff]],
  ['a marker without a segment', [0xff, 0x01]],
  ['a restart', [0xff, 0xd0]],
  ['another beginning', [0xff, 0xd8]],
])('%s hides no frame header behind it', (_what, hiding) => {
  const hidden = header(16_000, 16_000).subarray(2 + 6);
  const unit = new Uint8Array(70_000);
  unit.set([0xff, 0xd8, ...hiding, ...hidden]);
  // Where a segment ends whose length is what comes next.
  const end = 2 + 2 + new DataView(unit.buffer).getUint16(4);
  unit.set(header(640, 360).subarray(2), end);
  expect(jpeg.pixelsOf(unit)).toBe(Infinity);
});

test.each([
  ['a scan', [0xff, 0xda, ...u16(2)]],
  ['what is no marker', [0xaa, 0xe0, ...u16(2)]],
])('no encoder puts %s before the frame header', (_what, before) => {
  expect(jpeg.pixelsOf(header(640, 360, { before }))).toBe(Infinity);
});

test('there is no picture without its beginning, its frame header or lines', () => {
  // As a BMP begins with other bytes, and has its size where a marker would be.
  expect(jpeg.pixelsOf(header(640, 360, { start: [0x42, 0xd8] }))).toBe(Infinity);
  expect(jpeg.pixelsOf(header(640, 360, { start: [0xff, 0x4d] }))).toBe(Infinity);
  expect(jpeg.pixelsOf(header(640, 360).subarray(0, 16))).toBe(Infinity);
  expect(jpeg.pixelsOf(header(640, 0))).toBe(Infinity);
  expect(jpeg.pixelsOf(new Uint8Array())).toBe(Infinity);
});

test('there are no more scans than pictures have', () => {
  const scans = (count: number): Uint8Array =>
    Uint8Array.from([...header(640, 360), ...Array<number[]>(count).fill([0xff, 0xda]).flat()]);
  expect(jpeg.pixelsOf(scans(63))).toBe(640 * 360);
  expect(jpeg.pixelsOf(scans(64))).toBe(Infinity);
});
