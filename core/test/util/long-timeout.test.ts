import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/util/clock.js';
import { longDelay, longTimeout } from '../../src/util/long-timeout.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// 2³¹ ms, which `setTimeout` takes for 1 ms, and what a person means by `--for 10000000`.
test.each([2 ** 31, 1e10])('a timer of %d ms goes off then, and no earlier', (ms) => {
  const times: number[] = [];
  const began = Date.now();
  longTimeout(() => times.push(Date.now() - began), ms);
  systemClock.after(ms, () => times.push(Date.now() - began));
  vi.advanceTimersByTime(ms - 1);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(times).toEqual([ms, ms]);
});

test('a timer can be taken back, also after its first part', () => {
  const callback = vi.fn();
  const stop = longTimeout(callback, Infinity);
  vi.advanceTimersByTime(2 ** 32);
  stop();
  stop();
  vi.advanceTimersByTime(2 ** 32);
  expect(callback).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a long delay ends with its signal, and leaves no timer', async () => {
  const leave = new AbortController();
  const reason = new Error('Left.');
  const delayed = longDelay(2 ** 31, leave.signal);
  leave.abort(reason);
  await expect(delayed).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});
