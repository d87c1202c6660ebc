import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DelayTarget } from '../../src/audio/delay-target.js';
import { SortedWindow } from '../../src/audio/sorted-window.js';
import { randomNumbers } from './sounds.js';

/** The value of which at least this share of all is not above, from the definition. */
function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.find((_, index) => index + 1 >= share * sorted.length)!;
}

/** Counts units of 20 ms, of which unit n takes `delay(n)` ms, and returns the target after each. */
function targetsOf(count: number, delay: (n: number) => number, driftPpm = 0): number[] {
  const target = new DelayTarget();
  return Array.from({ length: count }, (_, n) => {
    const sentMs = (n * 20) / (1 + driftPpm / 1e6);
    target.add(sentMs + delay(n), 1.7e15 + n * 20_000, 20);
    return target.targetMs;
  });
}

describe('a sorted window', () => {
  test('has the quantiles of the values that are not too old', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const step = fc.record({ value, pause: fc.nat({ max: 40 }) });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (steps, share) => {
          const window = new SortedWindow(16, 100);
          const kept: { value: number; at: number }[] = [];
          let now = 0;
          for (const { value, pause } of steps) {
            now += pause;
            window.add(value, now);
            kept.push({ value, at: now });
            const values = kept
              .filter(({ at }) => now - at < 100)
              .slice(-16)
              .map((each) => each.value);
            expect(window.size).toBe(values.length);
            expect(window.quantile(0)).toBe(Math.min(...values));
            expect(window.quantile(share)).toBe(quantileOf(values, share));
          }
        },
      ),
    );
  });

  test('without values has the quantile 0', () => {
    const window = new SortedWindow(4, 100);
    expect(window.quantile(0.5)).toBe(0);
    window.add(7, 0);
    window.clear();
    expect(window.quantile(0.5)).toBe(0);
  });
});

describe('the target of the depth', () => {
  test('is what 97 % of the units need beyond the fastest, and one unit', () => {
    const random = randomNumbers(1);
    const delays = Array.from({ length: 400 }, () => 5 + 100 * random() ** 3);
    const targets = targetsOf(400, (n) => delays[n]!);
    const spread = quantileOf(delays, 0.97) - Math.min(...delays);
    expect(targets.at(-1)).toBeCloseTo(spread + 20, 2);
    expect(spread).toBeGreaterThan(50);
  });

  test.each([
    ['at least 20 ms', 10, () => 3, 20],
    ['at most 240 ms', 20, (n: number) => (n % 2) * 900, 240],
  ])('is %s', (_, unitMs, delay, expected) => {
    const target = new DelayTarget();
    for (let n = 0; n < 500; n += 1) target.add(n * unitMs + delay(n), n * unitMs * 1000, unitMs);
    expect(target.targetMs).toBe(expected);
  });

  test('forgets a slow time after ten seconds', () => {
    const targets = targetsOf(1_200, (n) => (n < 100 ? 80 * (n % 2) : 1));
    expect(targets[99]).toBeCloseTo(100, 1);
    expect(targets[550]).toBeCloseTo(100, 1);
    expect(targets[610]).toBe(20);
  });

  test('forgets a fast time after ten seconds', () => {
    const targets = targetsOf(1_200, (n) => (n < 100 ? 0 : 60));
    expect(targets[300]).toBeCloseTo(80, 1);
    expect(targets[610]).toBe(20);
  });

  test.each([200, -200])(
    'changes by at most 2 ms in half an hour of clocks %i ppm apart',
    (ppm) => {
      const count = 90_000;
      const random = randomNumbers(2);
      const delays = Array.from({ length: count }, () => 30 * random());
      const without = targetsOf(count, (n) => delays[n]!);
      const drifting = targetsOf(count, (n) => delays[n]!, ppm);
      const most = drifting.reduce((m, each, n) => Math.max(m, Math.abs(each - without[n]!)), 0);
      expect(most).toBeLessThan(2);
    },
  );

  test.each([3_600_000, -3_600_000])('starts again when a clock is set by %i ms', (step) => {
    const targets = targetsOf(1_000, (n) => (n < 500 ? 0 : step) + 10 * (n % 2));
    expect(targets[499]).toBeCloseTo(30, 1);
    expect(targets[502]).toBeCloseTo(30, 1);
    expect(targets[999]).toBeCloseTo(30, 1);
  });

  test('knows how late the newest unit came compared with half of them', () => {
    const target = new DelayTarget();
    for (let n = 0; n < 101; n += 1) target.add(n * 20 + (n % 5) * 10, n * 20_000, 20);
    expect(target.lateness).toBeCloseTo(-20, 5);
    target.add(101 * 20 + 90, 101 * 20_000, 20);
    expect(target.lateness).toBeCloseTo(70, 5);
  });
});
