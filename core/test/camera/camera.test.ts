import { describe, expect, test } from 'vitest';
import { CaptureLoop, MAX_PICTURE_BYTES, QualityLimiter, type VideoUnit } from '@roomkey/core';
import { tickAfter } from '../../src/camera/interval-pacer.js';

describe('tickAfter', () => {
  test.each([
    ['follows the last one', 3, 310, 4],
    ['follows the last one when the timer fired early', 4, 399.6, 5],
    ['skips those that were missed', 3, 1250, 13],
    ['is not one that is due just now', 3, 500, 6],
  ])('%s', (_, last, elapsed, expected) => {
    expect(tickAfter(last, elapsed, 100)).toBe(expected);
  });
});

describe('QualityLimiter', () => {
  const bytesAt = (bytes: (quality: number) => number) => {
    const tried: number[] = [];
    return {
      tried,
      encode: async (quality: number) => {
        tried.push(quality);
        return new Uint8Array(bytes(quality));
      },
    };
  };

  test('encodes once at the requested quality if the picture fits', async () => {
    const { tried, encode } = bytesAt(() => MAX_PICTURE_BYTES);
    const fitting = new QualityLimiter(60);
    await fitting.encode(encode);
    fitting.requested = 90;
    await fitting.encode(encode);
    expect(tried).toEqual([60, 90]);
  });

  test('lowers the quality until the picture fits, and recovers slowly', async () => {
    const { tried, encode } = bytesAt((quality) => (quality > 60 ? MAX_PICTURE_BYTES + 1 : 1));
    const fitting = new QualityLimiter(100);
    expect(await fitting.encode(encode)).toHaveLength(1);
    await fitting.encode(encode);
    expect(tried).toEqual([100, 75, 56, 57]);
  });

  test('stops at quality 1 whatever the size', async () => {
    const { tried, encode } = bytesAt(() => MAX_PICTURE_BYTES + 1);
    await new QualityLimiter(2).encode(encode);
    expect(tried).toEqual([2, 1]);
  });
});

describe('CaptureLoop', () => {
  const unit = (data: number): VideoUnit => ({
    codec: 'jpeg',
    isKey: true,
    data: Uint8Array.of(data),
    width: 16,
    height: 16,
    capturedAt: data,
  });

  test('yields the captured frames, and none for undefined', async () => {
    const captured = [unit(1), undefined, unit(2)];
    const loop = new CaptureLoop({
      quality: 80,
      capture: async (_, closing) => {
        if (captured.length > 0) return captured.shift();
        await new Promise((resolve) => closing.addEventListener('abort', resolve));
        return undefined;
      },
      release: () => undefined,
    });
    const units = loop[Symbol.asyncIterator]();
    // The first frame may have been replaced before it was taken.
    const first = await units.next();
    expect([1, 2]).toContain((first.value as VideoUnit).capturedAt);
    await loop.close();
  });

  test('waits for the capture in progress on close, then releases once', async () => {
    const events: string[] = [];
    let finish: (() => void) | undefined;
    const loop = new CaptureLoop({
      quality: 80,
      capture: async () => {
        events.push('capture');
        await new Promise<void>((resolve) => (finish = resolve));
        events.push('captured');
        return unit(1);
      },
      release: () => events.push('released'),
    });
    const ended = loop[Symbol.asyncIterator]().next();
    const closed = Promise.all([loop.close(), loop.close()]);
    expect(await ended).toMatchObject({ done: true });
    expect(events).toEqual(['capture']);
    finish?.();
    await closed;
    expect(events).toEqual(['capture', 'captured', 'released']);
  });

  test('throws the error of capture and releases the device', async () => {
    let released = 0;
    const loop = new CaptureLoop({
      quality: 80,
      capture: () => Promise.reject(new Error('unplugged')),
      release: () => released++,
    });
    await expect(loop[Symbol.asyncIterator]().next()).rejects.toThrow('unplugged');
    expect(released).toBe(1);
    await loop.close();
    expect(released).toBe(1);
  });
});
