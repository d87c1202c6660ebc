import { expect, test } from 'vitest';
import { Interrupted } from '../src/failure.js';
import { Interruption, SAME_SIGNAL_MS } from '../src/interruption.js';

test('the first wish aborts, and says why', () => {
  const interruption = new Interruption();
  expect(interruption.signal.aborted).toBe(false);
  expect(interruption.wish(50)).toBe(false);
  expect(interruption.signal.reason).toBeInstanceOf(Interrupted);
});

test('what comes close behind is the same signal, however often; later it is a second one', () => {
  const interruption = new Interruption();
  const start = 10_000;
  interruption.wish(start);
  for (const later of [0, 1, 40, SAME_SIGNAL_MS - 1]) {
    expect(interruption.wish(start + later)).toBe(false);
  }
  expect(interruption.wish(start + SAME_SIGNAL_MS)).toBe(true);
  expect(interruption.wish(start + SAME_SIGNAL_MS * 10)).toBe(true);
});
