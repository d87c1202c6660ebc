import { expect, test } from 'vitest';
import { isBearable } from '../../src/ui/video/picture-size.js';

const u16 = (value: number): number[] => [value >> 8, value & 255];
const low16 = (value: number): number[] => [value & 255, value >> 8];

/** The beginning of a JPEG, with a table before the frame header. */
function jpeg(width: number, height: number, marker = 0xc0, before: number[] = []): Uint8Array {
  const table = [0xff, 0xdb, ...u16(4), 0, 1];
  const header = [0xff, marker, ...u16(11), 8, ...u16(height), ...u16(width), 1, 1, 0x11, 0];
  return Uint8Array.from([0xff, 0xd8, ...before, ...table, ...header, 0xff, 0xda]);
}

function vp8(width: number, height: number, tag = 0x10): Uint8Array {
  return Uint8Array.from([tag, 0, 0, 0x9d, 0x01, 0x2a, ...low16(width), ...low16(height), 0]);
}

/** A parameter set behind a delimiter; `profile` 66 or 100. */
function h264(width: number, height: number, profile = 66): Uint8Array {
  const ue = (value: number): string => {
    const bits = (value + 1).toString(2);
    return '0'.repeat(bits.length - 1) + bits;
  };
  const depths = profile === 100 ? `${ue(1)}${ue(0)}${ue(0)}00` : '';
  const size = `${ue(width / 16 - 1)}${ue(height / 16 - 1)}1`;
  const bits = `${ue(0)}${depths}${ue(0)}${ue(2)}${ue(1)}0${size}11001`;
  const bytes = bits.match(/.{1,8}/g)?.map((byte) => parseInt(byte.padEnd(8, '0'), 2)) ?? [];
  const unit: number[] = [];
  for (const byte of [0x67, profile, 0, 0x28, ...bytes]) {
    if (byte <= 3 && unit.at(-1) === 0 && unit.at(-2) === 0) unit.push(3);
    unit.push(byte);
  }
  return Uint8Array.from([0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, ...unit, 0, 0, 1, 0x65, 0x88]);
}

test.each([
  [640, 360],
  [1920, 1088],
  [4096, 4096],
])('an image of %i × %i is accepted', (width, height) => {
  expect(isBearable('jpeg', jpeg(width, height))).toBe(true);
  expect(isBearable('vp8', vp8(width, height))).toBe(true);
  expect(isBearable('h264', h264(width, height - (height % 16)))).toBe(true);
  expect(isBearable('h264', h264(width, height - (height % 16), 100))).toBe(true);
});

test.each([
  [16_000, 16_000],
  [4_112, 4_096],
])('an image of %i × %i is rejected', (width, height) => {
  expect(isBearable('jpeg', jpeg(width, height))).toBe(false);
  expect(isBearable('jpeg', jpeg(width, height, 0xc2))).toBe(false);
  expect(isBearable('vp8', vp8(width, height))).toBe(false);
  expect(isBearable('h264', h264(width, height))).toBe(false);
  expect(isBearable('h264', h264(width, height, 100))).toBe(false);
});

test('a JPEG with a hidden header, or with too many scans, is rejected', () => {
  const comment = [0xff, 0xfe, ...u16(13), 0xff, 0xc0, ...u16(11), 8, ...u16(16), ...u16(16), 1, 1];
  // A fill byte, a marker without a segment, and a restart marker; decoders skip each.
  for (const hidden of [[0xff], [0xff, 0x01], [0xff, 0xd0]]) {
    expect(isBearable('jpeg', jpeg(640, 360, 0xc0, hidden))).toBe(false);
  }
  expect(isBearable('jpeg', jpeg(640, 360, 0xc0, comment))).toBe(true);
  const scans = (count: number): Uint8Array =>
    Uint8Array.from([...jpeg(640, 360), ...Array<number[]>(count).fill([0xff, 0xda]).flat()]);
  expect(isBearable('jpeg', scans(63))).toBe(true);
  expect(isBearable('jpeg', scans(64))).toBe(false);
});

test('a JPEG with a hidden or missing size is rejected', () => {
  const second = Uint8Array.from([...h264(640, 352), ...h264(16_000, 16_000)]);
  expect(isBearable('h264', second)).toBe(false);
  expect(isBearable('h264', Uint8Array.of(0, 0, 1, 0x67, 66, 0, 40))).toBe(false);
  expect(isBearable('jpeg', jpeg(640, 360, 0xc0, [0xaa]))).toBe(false);
  expect(isBearable('jpeg', Uint8Array.of(0xff, 0xd8))).toBe(false);
  expect(isBearable('vp8', Uint8Array.of(0x10, 0))).toBe(false);
});

test('delta frames declare no size', () => {
  expect(isBearable('vp8', vp8(16_000, 16_000, 0x11))).toBe(true);
  expect(isBearable('h264', Uint8Array.of(0, 0, 0, 1, 0x41, 0x9a, 1, 2))).toBe(true);
});

test.each([
  ['sequence parameter sets', 0x67, 32],
  ['picture parameter sets', 0x68, 256],
  ['units', 0x06, 1_000],
])('an H.264 frame has a limited number of %s', (_what, header, most) => {
  const unit = header === 0x67 ? [...h264(640, 368).subarray(6, -5)] : [0, 0, 1, header, 0x88];
  const frame = (count: number) => Uint8Array.from(Array<number[]>(count).fill(unit).flat());
  expect(isBearable('h264', frame(most))).toBe(true);
  expect(isBearable('h264', frame(most + 25))).toBe(false);
  expect(isBearable('h264', frame(104_000))).toBe(false);
});
