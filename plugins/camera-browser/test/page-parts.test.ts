import { describe, expect, test } from 'vitest';
import { CaptureClock } from '../src/page/capture-clock.js';
import { scaleToFit } from '../src/page/scale-to-fit.js';
import { targetBitRate } from '../src/page/bit-rate.js';
import { FrameRateLimit } from '../src/page/frame-rate-limit.js';

describe('scaleToFit', () => {
  const size = (width: number, height: number) => ({ width, height });
  test.each([
    ['unchanged if it fits', size(640, 480), size(1280, 720), 1, size(640, 480)],
    ['unchanged if it is equal', size(1280, 720), size(1280, 720), 2, size(1280, 720)],
    [
      'scaled down, keeping the aspect ratio',
      size(1920, 1080),
      size(1280, 720),
      1,
      size(1280, 720),
    ],
    ['limited by its height', size(640, 480), size(640, 360), 1, size(480, 360)],
    ['limited by its width', size(1080, 1920), size(540, 1080), 1, size(540, 960)],
    ['even', size(641, 481), size(7680, 4320), 2, size(640, 480)],
    ['never zero', size(4000, 2), size(16, 16), 2, size(16, 2)],
  ] as const)('gives a size that is %s', (_, picture, into, multiple, expected) => {
    expect(scaleToFit(picture, into, multiple)).toEqual(expected);
  });
});

describe('the target bit rate', () => {
  const hd = { width: 1280, height: 720 };
  test('is about 2.5 Mbit/s at 720p30 and quality 80', () => {
    expect(targetBitRate(80, hd, 30) / 1e6).toBeCloseTo(2.5, 1);
  });
  test('doubles with 20 steps of quality, with the pixels, and with the frame rate', () => {
    expect(targetBitRate(100, hd, 30)).toBe(2 * targetBitRate(80, hd, 30));
    expect(targetBitRate(80, { width: 2560, height: 720 }, 30)).toBe(2 * targetBitRate(80, hd, 30));
    expect(targetBitRate(80, hd, 60)).toBe(2 * targetBitRate(80, hd, 30));
  });
  test('is never too low for an encoder', () => {
    expect(targetBitRate(1, { width: 16, height: 16 }, 1)).toBe(50_000);
  });
});

describe('the capture time', () => {
  const START = 1_800_000_000_000;
  test('runs as evenly as the timestamps, however late images arrive', () => {
    const clock = new CaptureClock();
    clock.capturedAt(0, START + 5);
    // Two late images, one faster than any before, and a late one.
    expect(clock.capturedAt(33, START + 90)).toBe(START + 38);
    expect(clock.capturedAt(66, START + 91)).toBe(START + 71);
    expect(clock.capturedAt(100, START + 103)).toBe(START + 103);
    expect(clock.capturedAt(133, START + 180)).toBe(START + 136);
  });
  test('follows timestamps that restart', () => {
    const clock = new CaptureClock();
    clock.capturedAt(500_000, START);
    expect(clock.capturedAt(0, START + 40)).toBe(START + 40);
    expect(clock.capturedAt(33, START + 80)).toBe(START + 73);
  });
});

describe('the frame rate limit', () => {
  const admitted = (fps: number, times: readonly number[]): number => {
    const limit = new FrameRateLimit(fps);
    return times.filter((time) => limit.admits(1e12 + time)).length;
  };
  const pictures = (fps: number) => Array.from({ length: fps }, (_, index) => (index * 1000) / fps);
  test.each([
    [30, 30, 30],
    [60, 30, 30],
    [30, 60, 30],
    [30, 20, 20],
    [30, 15, 15],
  ])('admits of %d frames per second, with a limit of %d, %d', (offered, limit, left) => {
    expect(Math.abs(admitted(limit, pictures(offered)) - left)).toBeLessThanOrEqual(1);
  });
  test('tolerates pictures that are slightly early or late', () => {
    const unsteady = pictures(30).map((time, index) => time + (index % 2 === 0 ? -3 : 3));
    expect(admitted(30, unsteady)).toBe(30);
  });
});
