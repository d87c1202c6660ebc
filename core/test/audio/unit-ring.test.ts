import { describe, expect, test } from 'vitest';
import { UnitRing } from '../../src/audio/unit-ring.js';

/** A ring with units of 20 ms whose samples are their places, modulo 1,000. */
function ringWith(...indexes: number[]): UnitRing {
  const ring = new UnitRing();
  ring.clear(960);
  for (const index of indexes) {
    ring.write(
      index,
      Float32Array.from({ length: 960 }, (_, n) => (index * 960 + n) % 1_000),
    );
  }
  return ring;
}

describe('a ring of units', () => {
  test('copies samples across units, also across the end of its memory', () => {
    const ring = ringWith(50, 51, 52, 101, 102, 103);
    const target = new Float32Array(1_440);
    for (const position of [101 * 960 + 500, 102 * 960, 101 * 960]) {
      expect(ring.copy(position, target, 1_440)).toBe(true);
      expect([...target]).toEqual(Array.from(target, (_, n) => (position + n) % 1_000));
    }
  });

  test.each([
    ['first', [101, 102], 100],
    ['middle', [100, 102], 100],
    ['last', [100, 101], 100],
  ] as const)('copies nothing where the %s unit is missing', (_, indexes, first) => {
    expect(ringWith(...indexes).copy(first * 960 + 900, new Float32Array(1_440), 1_440)).toBe(
      false,
    );
  });

  test('has the units of a second, and the one that is played', () => {
    const ring = ringWith(...Array.from({ length: 60 }, (_, n) => 100 + n));
    const kept = Array.from({ length: 60 }, (_, n) => 100 + n).filter((index) => ring.has(index));
    expect(kept).toEqual(Array.from({ length: 51 }, (_, n) => 109 + n));
  });
});
