import { expect, test } from 'vitest';
import { OverloadDetector } from '../../src/ui/call/overload-detector.js';

/** Verdicts after each second with these counts. */
function watch(
  lateness: OverloadDetector,
  seconds: number,
  shown: number,
  dropped: number,
  from = 0,
) {
  return Array.from({ length: seconds + 1 }, (_, index) =>
    lateness.update((from + index) * 1_000, {
      shown: (from + index) * shown,
      dropped: (from + index) * dropped,
    }),
  );
}

test('overload is reported after five seconds of mostly dropped frames, and not before', () => {
  expect(watch(new OverloadDetector(), 6, 1, 29)).toEqual([
    false,
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
});

test.for([
  ['all are shown', 30, 0],
  ['each second one is dropped, as on a screen of half the rate', 30, 30],
  ['hardly any come', 0, 1],
] as const)('there is no overload if %s', ([, shown, dropped]) => {
  expect(watch(new OverloadDetector(), 8, shown, dropped)).not.toContain(true);
});

test('waiting for a key frame is not overload; what follows may be', () => {
  const lateness = new OverloadDetector();
  watch(lateness, 2, 30, 0);
  lateness.onKeyFrameNeeded();
  for (let second = 3; second < 12; second += 1) {
    expect(lateness.update(second * 1_000, { shown: 60, dropped: second * 30 })).toBe(false);
  }
  const after = Array.from({ length: 6 }, (_, second) =>
    lateness.update((12 + second) * 1_000, { shown: 61, dropped: 400 + second * 30 }),
  );
  expect(after).toEqual([false, false, false, false, false, true]);
});

test('the observation restarts after the window was hidden', () => {
  const lateness = new OverloadDetector();
  watch(lateness, 4, 1, 29);
  lateness.reset();
  expect(watch(lateness, 5, 1, 29, 5)).toEqual([false, false, false, false, false, true]);
});
