import { expect, it } from 'vitest';
import { LateCopies } from '../../src/media/late-copies.js';

it('copies sound from a stall on until five seconds after the last one showed', () => {
  const copies = new LateCopies();
  expect(copies.isDue(0, 0)).toBe(false);
  expect(copies.isDue(60, 20)).toBe(false);
  expect(copies.isDue(61, 40)).toBe(true);
  expect(copies.isDue(0, 5_039)).toBe(true);
  expect(copies.isDue(0, 5_040)).toBe(false);
  expect(copies.isDue(100, 6_000)).toBe(true);
  expect(copies.isDue(200, 8_000)).toBe(true);
  expect(copies.isDue(0, 12_999)).toBe(true);
  expect(copies.isDue(0, 13_000)).toBe(false);
});
