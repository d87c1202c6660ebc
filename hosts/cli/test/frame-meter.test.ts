import { describe, expect, test } from 'vitest';
import { FrameMeter, RecentFrames } from '../src/join/frame-meter.js';

/** When frames come, ms; the ages are 10, 20, 30 … ms. */
function count(meter: Pick<FrameMeter, 'count'>, times: readonly number[]): void {
  times.forEach((now, index) => meter.count(now - 10 * (index + 1), now));
}

test('all frames: the rate from the first to the last, and their ages', () => {
  const meter = new FrameMeter();
  expect(meter.report()).toEqual({ received: 0, fps: 0, ageMs: { p50: 0, p99: 0 } });
  count(meter, [1_000, 1_100, 1_200, 1_500]);
  expect(meter.report()).toEqual({ received: 4, fps: 6, ageMs: { p50: 20, p99: 40 } });
});

describe('the frames since the last line', () => {
  test('have a rate and ages of their own', () => {
    const recent = new RecentFrames(5_000);
    count(recent, [5_100, 5_200, 5_900]);
    expect(recent.take(6_000)).toEqual({ fps: 3, ageMs: { p50: 20, p99: 30 } });
    count(recent, [6_500]);
    expect(recent.take(8_000)).toEqual({ fps: 0.5, ageMs: { p50: 10, p99: 10 } });
  });

  test('are none while no one is there', () => {
    const recent = new RecentFrames(0);
    count(recent, [100, 200]);
    recent.take(1_000);
    expect(recent.take(2_000)).toEqual({ fps: 0, ageMs: { p50: 0, p99: 0 } });
  });
});
