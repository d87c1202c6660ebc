import { beforeEach, describe, expect, it } from 'vitest';
import { fakeDeltaFrame, fakeJpegFrame } from '@roomkey/core/conformance';
import { KeyFrameLimit } from '../../src/call/key-frame-limit.js';

const picture = { width: 16, height: 16, quality: 1 };
const key = fakeDeltaFrame(picture, 'vp8', undefined);
const delta = fakeDeltaFrame(picture, 'vp8', key);

let now: number;
let limit: KeyFrameLimit;

beforeEach(() => {
  now = 0;
  limit = new KeyFrameLimit(() => now);
});

describe('a key frame', () => {
  it('is not asked for before a frame came, nor where JPEG comes', () => {
    expect(limit.take()).toBe(false);
    limit.note(fakeJpegFrame(picture));
    expect(limit.take()).toBe(false);
    limit.note(delta);
    expect(limit.take()).toBe(true);
    limit.note(fakeJpegFrame(picture));
    now = 10_000;
    expect(limit.take()).toBe(false);
  });

  it('is asked for once until it comes', () => {
    limit.note(delta);
    expect(limit.take()).toBe(true);
    limit.note(delta);
    expect(limit.take()).toBe(false);
    limit.note(key);
    limit.note(delta);
    expect(limit.take()).toBe(true);
  });

  it('is asked for again where it does not come in half a second', () => {
    limit.note(key);
    expect(limit.take()).toBe(true);
    now = 499;
    expect(limit.take()).toBe(false);
    now = 500;
    expect(limit.take()).toBe(true);
    now = 999;
    expect(limit.take()).toBe(false);
  });
});
