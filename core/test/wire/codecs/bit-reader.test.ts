import { expect, test } from 'vitest';
import { BitReader } from '../../../src/wire/codecs/bit-reader.js';
import { bytesOf, unsigned } from './bits.js';

test('takes numbers of any number of bits', () => {
  const bits = new BitReader(bytesOf([5, 3], [1, 1], [0x1ff, 12], [0xfedcba98, 32]));
  expect([bits.read(3), bits.readFlag(), bits.read(12), bits.read(0), bits.read(32)]).toEqual([
    5,
    true,
    0x1ff,
    0,
    0xfedcba98,
  ]);
  expect(bits.isPastEnd).toBe(false);
});

test('takes Exp-Golomb codes', () => {
  const values = [0, 1, 2, 7, 255, 65_535, 2 ** 32 - 2];
  const bits = new BitReader(bytesOf(...values.map(unsigned)));
  expect(values.map(() => bits.readExpGolomb())).toEqual(values);
});

test('is past the end for good behind a number that is not whole', () => {
  const bits = new BitReader(Uint8Array.of(0xff, 0xff));
  expect(bits.read(9)).toBe(511);
  expect(bits.read(8)).toBeNaN();
  expect(bits.isPastEnd).toBe(true);
  expect([bits.read(1), bits.read(0), bits.readExpGolomb()]).toEqual([NaN, NaN, NaN]);
  expect(bits.readFlag()).toBe(false);
});

test('is past the end behind a code that no decoder reads, and a count that is none', () => {
  const long = new BitReader(bytesOf([0, 32], [1, 1], [0, 32], [0, 32]));
  expect(long.readExpGolomb()).toBeNaN();
  expect(long.isPastEnd).toBe(true);
  const zeros = new BitReader(new Uint8Array(4));
  expect(zeros.readExpGolomb()).toBeNaN();
  const bits = new BitReader(new Uint8Array(4));
  expect(bits.read(NaN)).toBeNaN();
  expect(bits.isPastEnd).toBe(true);
});
