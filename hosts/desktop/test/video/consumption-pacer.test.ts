import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConsumptionPacer } from '../../src/ui/video/consumption-pacer.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A pacer with this many pushed units, and the numbers that it has reported. */
function paced(units: number): { pacer: ConsumptionPacer; passed: number[] } {
  const passed: number[] = [];
  const pacer = new ConsumptionPacer((number) => passed.push(number));
  for (let number = 0; number < units; number += 1) pacer.add(number);
  return { pacer, passed };
}

test('a visible window reports each consumed unit at once', () => {
  const { pacer, passed } = paced(3);
  pacer.consume(0);
  expect(passed).toEqual([0]);
  pacer.consume(2);
  pacer.consume(1);
  expect(passed).toEqual([0, 2, 1]);
});

test('a hidden window reports one consumed unit per second, oldest first', () => {
  const { pacer, passed } = paced(4);
  pacer.setVisible(false);
  for (let number = 0; number < 3; number += 1) pacer.consume(number);
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(999);
  expect(passed).toEqual([]);
  for (const so of [[0], [0, 1], [0, 1, 2], [0, 1, 2]]) {
    vi.advanceTimersByTime(1_000);
    expect(passed).toEqual(so);
  }
});

test('a window that is visible again reports all units that were held back', () => {
  const { pacer, passed } = paced(4);
  pacer.setVisible(false);
  for (let number = 0; number < 3; number += 1) pacer.consume(number);
  vi.advanceTimersByTime(1_000);
  pacer.setVisible(true);
  expect(passed).toEqual([0, 1, 2]);
  pacer.consume(3);
  vi.advanceTimersByTime(10_000);
  expect(passed).toEqual([0, 1, 2, 3]);
});

test('a closed pacer has reported every unit once, whether held back, consumed later or never', () => {
  const { pacer, passed } = paced(4);
  pacer.consume(0);
  pacer.setVisible(false);
  pacer.consume(1);
  pacer.close();
  expect(passed).toEqual([0, 1, 2, 3]);
  pacer.consume(2);
  pacer.close();
  vi.advanceTimersByTime(10_000);
  expect(passed).toEqual([0, 1, 2, 3]);
});

test('a unit that is consumed twice, or was never pushed, is not reported', () => {
  const { pacer, passed } = paced(1);
  pacer.consume(0);
  pacer.consume(0);
  pacer.consume(7);
  expect(passed).toEqual([0]);
});
