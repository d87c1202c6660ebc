import { expect, it } from 'vitest';
import { LateCopies } from '../../src/media/late-copies.js';

function setup() {
  const copies = new LateCopies();
  let captured = 0;
  /** Captures a unit, and gives the numbers of those that are copied. */
  const take = (lateMs: number, now: number, pendingUnits = 1): number[] => {
    const unit = { header: () => new Uint8Array(0), data: Uint8Array.of(captured) };
    captured += 1;
    return copies.take(unit, { lateMs, pendingUnits }, now).map(({ data }) => data[0] ?? -1);
  };
  return { take };
}

it('copies sound from a stall on until five seconds after the last one showed', () => {
  const { take } = setup();
  expect(take(0, 0)).toEqual([]);
  expect(take(60, 20)).toEqual([]);
  expect(take(61, 40)).toEqual([2]);
  expect(take(0, 5_039)).toEqual([3]);
  expect(take(0, 5_040)).toEqual([]);
  expect(take(100, 6_000)).toEqual([5]);
  expect(take(200, 8_000)).toEqual([6]);
  expect(take(0, 12_999)).toEqual([7]);
  expect(take(0, 13_000)).toEqual([]);
});

it('copies first what the stall holds up, oldest first, and each only once', () => {
  const { take } = setup();
  expect(take(0, 0)).toEqual([]);
  expect(take(20, 20, 2)).toEqual([]);
  expect(take(40, 40, 3)).toEqual([]);
  expect(take(70, 60, 3)).toEqual([1, 2, 3]);
  expect(take(90, 80, 4)).toEqual([4]);
});

it('keeps 20 units for a stall', () => {
  const { take } = setup();
  for (let unit = 0; unit < 30; unit += 1) take(0, unit * 10, unit + 1);
  expect(take(90, 300, 31)).toEqual(Array.from({ length: 20 }, (_, index) => 11 + index));
});
