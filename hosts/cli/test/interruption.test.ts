import { expect, test } from 'vitest';
import { Interrupted } from '../src/failure.js';
import { Interruption, SAME_SIGNAL_MS } from '../src/interruption.js';

test('the first request aborts with its reason', () => {
  const interruption = new Interruption();
  expect(interruption.signal.aborted).toBe(false);
  expect(interruption.request(50)).toBe(false);
  expect(interruption.signal.reason).toBeInstanceOf(Interrupted);
});

test('requests within half a second count as one; a later one counts as a second', () => {
  const interruption = new Interruption();
  const start = 10_000;
  interruption.request(start);
  for (const later of [0, 1, 40, SAME_SIGNAL_MS - 1]) {
    expect(interruption.request(start + later)).toBe(false);
  }
  expect(interruption.request(start + SAME_SIGNAL_MS)).toBe(true);
  expect(interruption.request(start + SAME_SIGNAL_MS * 10)).toBe(true);
});
