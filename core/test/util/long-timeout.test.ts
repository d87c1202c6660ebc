import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/util/clock.js';
import { longDelay, longTimeout } from '../../src/util/long-timeout.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// 2³¹ ms, which `setTimeout` treats as 1 ms, and the value of `--for 10000000`.
test.each([2 ** 31, 1e10])('longTimeout of %d ms fires on time and not earlier', (ms) => {
  const times: number[] = [];
  const began = Date.now();
  longTimeout(() => times.push(Date.now() - began), ms);
  systemClock.after(ms, () => times.push(Date.now() - began));
  vi.advanceTimersByTime(ms - 1);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(times).toEqual([ms, ms]);
});

test('longTimeout can be cancelled, even after its first part', () => {
  const callback = vi.fn();
  const stop = longTimeout(callback, Infinity);
  vi.advanceTimersByTime(2 ** 32);
  stop();
  stop();
  vi.advanceTimersByTime(2 ** 32);
  expect(callback).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('longDelay ends on abort and leaves no timer', async () => {
  const leave = new AbortController();
  const reason = new Error('Left.');
  const delayed = longDelay(2 ** 31, leave.signal);
  leave.abort(reason);
  await expect(delayed).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});
