import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnitSequence } from '../../src/audio/unit-sequence.js';

/** Places units of 20 ms; returns their indexes from that of the first. */
function placesOf(units: readonly (readonly [number: number, mediaMs: number])[]) {
  const sequence = new UnitSequence();
  const indexes = units.map(([number, ms]) => sequence.place(number, ms * 1000, 20_000));
  return indexes.map((index) => (index === undefined ? undefined : index - indexes[0]!));
}

describe('the place of a unit', () => {
  test.each([
    [
      'follows its number',
      [
        [5, 0],
        [6, 20],
        [7, 40],
      ],
      [0, 1, 2],
    ],
    [
      'leaves room for lost units',
      [
        [5, 0],
        [9, 80],
      ],
      [0, 4],
    ],
    [
      'goes on where numbers wrap',
      [
        [0xfffffffe, 0],
        [0xffffffff, 20],
        [0, 40],
        [2, 80],
      ],
      [0, 1, 2, 4],
    ],
    [
      'of one that was overtaken is before the other',
      [
        [5, 0],
        [7, 40],
        [6, 20],
      ],
      [0, 2, 1],
    ],
    [
      'of one before the first is before it',
      [
        [0, 100],
        [0xffffffff, 80],
      ],
      [0, -1],
    ],
    [
      'leaves room for units that were never numbered',
      [
        [5, 0],
        [6, 80],
        [7, 100],
      ],
      [0, 4, 5],
    ],
    [
      'does so for one that was overtaken, too',
      [
        [5, 0],
        [7, 100],
        [6, 80],
      ],
      [0, 5, 4],
    ],
    [
      'does not follow times that are off by less than a unit',
      [
        [5, 0],
        [6, 34],
        [7, 26],
      ],
      [0, 1, 2],
    ],
    [
      'does not follow a clock that was set',
      [
        [5, 0],
        [6, 3_600_000],
        [7, 20],
      ],
      [0, 1, 2],
    ],
    [
      'does not follow a clock that stands',
      [
        [5, 0],
        [6, 0],
        [9, 0],
      ],
      [0, 1, 4],
    ],
  ] as const)('%s', (_, units, expected) => {
    expect(placesOf(units)).toEqual(expected);
  });

  test('does not exist for a copy, also of a unit that was overtaken or is long played', () => {
    const units = [
      [5, 0],
      [7, 40],
      [6, 20],
      [6, 20],
      [7, 40],
      [5, 0],
      [900, 17_900],
      [7, 40],
      [8, 60],
    ] as const;
    expect(placesOf(units)).toEqual([0, 2, 1, undefined, undefined, undefined, 895, undefined, 3]);
  });

  test('follows the newest where the sender counts from the beginning again', () => {
    expect(
      placesOf([
        [900_000, 0],
        [0, 20],
        [1, 40],
        [0, 20],
      ]),
    ).toEqual([0, 1, 2, undefined]);
  });

  test('of a copy that is older than what is remembered is far before the newest', () => {
    const places = placesOf([
      [5, 0],
      [6, 20],
      [3_000, 59_900],
      [6, 20],
      [3_001, 59_920],
    ]);
    expect(places[3]! - places[2]!).toBeLessThan(-2_000);
    expect(places[4]).toBe(places[2]! + 1);
  });

  test('is the same for units in any order within a second, each with a copy', () => {
    const schedule = fc
      .array(fc.record({ late: fc.nat({ max: 40 }), copyLate: fc.nat({ max: 40 }) }), {
        minLength: 1,
        maxLength: 80,
      })
      .map((units) =>
        units
          .flatMap(({ late, copyLate }, n) => [
            { n, at: n + late },
            { n, at: n + copyLate },
          ])
          .sort((a, b) => a.at - b.at),
      );
    fc.assert(
      fc.property(schedule, fc.integer({ min: 0, max: 0xffffffff }), (arrivals, first) => {
        const sequence = new UnitSequence();
        const seen = new Map<number, number>();
        let origin: number | undefined;
        for (const { n } of arrivals) {
          const place = sequence.place((first + n) % 2 ** 32, n * 20_000, 20_000);
          expect(place === undefined).toBe(seen.has(n));
          if (place === undefined) continue;
          origin ??= place - n;
          expect(place).toBe(origin + n);
          seen.set(n, place);
        }
      }),
    );
  });
});
