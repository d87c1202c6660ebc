import { describe, expect, test } from 'vitest';
import { FrameMeter, RecentFrames } from '../src/join/frame-meter.js';

/** Counts frames at these times, ms; their ages are 10, 20, 30 … ms. */
function count(meter: Pick<FrameMeter, 'count'>, times: readonly number[]): void {
  times.forEach((now, index) => meter.count(now - 10 * (index + 1), now));
}

test('a frame meter reports the rate from the first frame to the last, and the ages', () => {
  const meter = new FrameMeter();
  expect(meter.report()).toEqual({ received: 0, fps: 0, ageMs: { p50: 0, p99: 0 } });
  count(meter, [1_000, 1_100, 1_200, 1_500]);
  expect(meter.report()).toEqual({ received: 4, fps: 6, ageMs: { p50: 20, p99: 40 } });
});

describe('recent frames', () => {
  test('have the rate and the ages since the last report', () => {
    const recent = new RecentFrames(5_000);
    count(recent, [5_100, 5_200, 5_900]);
    expect(recent.reportAndReset(6_000)).toEqual({ fps: 3, ageMs: { p50: 20, p99: 30 } });
    count(recent, [6_500]);
    expect(recent.reportAndReset(8_000)).toEqual({ fps: 0.5, ageMs: { p50: 10, p99: 10 } });
  });

  test('have rate and age 0 if none came', () => {
    const recent = new RecentFrames(0);
    count(recent, [100, 200]);
    recent.reportAndReset(1_000);
    expect(recent.reportAndReset(2_000)).toEqual({ fps: 0, ageMs: { p50: 0, p99: 0 } });
  });
});
