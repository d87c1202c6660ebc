import { describe, expect, test } from 'vitest';
import { silentPacket } from '@roomkey/core';
import { CaptureClock } from '../src/page/capture-clock.js';
import { chirp, CHIRP_RATE, chirpLevel } from '../src/page/chirp.js';
import { opusSamples } from '../src/page/opus-packet.js';
import { Resampler } from '../src/page/resampler.js';
import { UnitFramer, type CapturedBlock } from '../src/page/unit-framer.js';
import { tone } from './support/wav.js';

describe('the clock of captured sound', () => {
  /** Pieces of 10 ms, whose arrival is late by so much. @returns the errors of their times */
  function errors(
    lateness: readonly number[],
    lost: (index: number) => number = () => 0,
  ): number[] {
    const clock = new CaptureClock();
    return lateness.map((late, index) => {
      const captured = 1_800_000_000_000 + 10 * index + lost(index);
      return clock.capturedAt(10 * index, 10, captured + 10 + late) - captured;
    });
  }

  test('is not moved by a busy thread', () => {
    const late = Array.from({ length: 200 }, (_, index) => (index % 10 === 0 ? 0 : 30));
    expect(Math.max(...errors(late).map(Math.abs))).toBeLessThan(0.01);
  });

  test('corrects small errors slowly, so that units keep their pace', () => {
    const found = errors([30, ...Array<number>(300).fill(0)]);
    for (const [index, error] of found.entries()) {
      expect((found[index - 1] ?? error) - error).toBeLessThan(0.3);
    }
    expect(found.at(-1)).toBeCloseTo(0);
  });

  test('knows within a second of sound that a busy computer left out', () => {
    const found = errors(Array<number>(400).fill(0), (index) => (index < 100 ? 0 : 300));
    expect(Math.abs(found.at(240) ?? NaN)).toBeLessThan(1);
  });

  test('does not take a piece for the newest that came ahead of others', () => {
    const clock = new CaptureClock();
    clock.capturedAt(300, 10, 1000);
    expect(clock.capturedAt(0, 10, 1001)).toBeCloseTo(991);
  });
});

describe('cutting sound into units', () => {
  function framer(): { readonly framer: UnitFramer; readonly blocks: CapturedBlock[] } {
    const blocks: CapturedBlock[] = [];
    return { framer: new UnitFramer(960, (block) => blocks.push(block)), blocks };
  }
  const sound = (startsAt: number, value = 1) => ({
    samples: new Float32Array(480).fill(value),
    startsAt,
  });

  test('gives silence before the first sound where it is told when to start', () => {
    const { framer: cutter, blocks } = framer();
    cutter.fillUntil(900);
    expect(blocks).toEqual([]);
    cutter.startAt(950);
    cutter.fillUntil(1000);
    for (const index of [0, 1, 2, 3]) cutter.add(sound(1000 + 10 * index));
    expect(blocks.map(({ capturedAt }) => capturedAt)).toEqual([950, 970, 1000, 1020]);
    expect(blocks.map(({ samples }) => samples[0])).toEqual([0, 0, 1, 1]);
  });

  test('keeps the samples and their times', () => {
    const { framer: cutter, blocks } = framer();
    for (const [index, value] of [1, 2, 3, 4].entries())
      cutter.add(sound(1000 + 10 * index, value));
    expect(blocks.map(({ capturedAt }) => capturedAt)).toEqual([1000, 1020]);
    expect(blocks[1]?.samples[0]).toBe(3);
    expect(blocks[1]?.samples[959]).toBe(4);
  });

  test('leaves a gap where the device gave nothing', () => {
    const { framer: cutter, blocks } = framer();
    for (const time of [1000, 1200, 1210]) cutter.add(sound(time));
    expect(blocks.map(({ capturedAt }) => capturedAt)).toEqual([1000, 1200]);
    expect(blocks[0]?.samples[480]).toBe(0);
  });

  test('fills up with silence, and drops what comes afterwards for that time', () => {
    const { framer: cutter, blocks } = framer();
    for (const time of [1000, 1010]) cutter.add(sound(time));
    cutter.fillUntil(1105);
    expect(blocks.map(({ capturedAt }) => capturedAt)).toEqual([1000, 1020, 1040, 1060, 1080]);
    for (const time of [1020, 1030, 1100, 1110]) cutter.add(sound(time, 2));
    expect(blocks.map(({ capturedAt }) => capturedAt).at(-1)).toBe(1100);
    expect(blocks).toHaveLength(6);
  });
});

describe('another rate', () => {
  test.each([
    [44_100, 48_000],
    [16_000, 48_000],
    [96_000, 48_000],
    [48_000, 12_000],
  ])('%i Hz as %i Hz is the same sound', (from, to) => {
    const resampler = new Resampler(from, to);
    const input = tone(440, from, 1);
    const parts: number[] = [];
    for (let at = 0; at < input.length; at += from / 100) {
      parts.push(...resampler.process(input.subarray(at, at + from / 100)));
    }
    expect(parts.length).toBeGreaterThan(to * 0.99);
    const late = (resampler.delay / from) * to;
    for (let i = Math.ceil(late) + 200; i < to * 0.95; i += 1) {
      const expected = 0.5 * Math.sin((2 * Math.PI * 440 * (i - late)) / to);
      expect(Math.abs((parts[i] ?? NaN) - expected)).toBeLessThan(0.005);
    }
  });
});

describe('the length of an Opus packet', () => {
  const packet = (...bytes: number[]) => Uint8Array.from(bytes);

  test.each([
    ['a hybrid frame of 20 ms', packet(0x78, 1, 2), 960],
    ['a hybrid frame of 10 ms', packet(0x70, 1), 480],
    ['a CELT frame of 2.5 ms', packet(0xe0), 120],
    ['a SILK frame of 60 ms', packet(0x18), 2880],
    ['two frames of 10 ms of one length', packet(0x71, 1, 2), 960],
    ['two frames of 10 ms', packet(0x72, 1, 9, 9), 960],
    ['a padded frame', packet(0x7b, 0x41, 2, 9, 0, 0), 960],
    ['frames of several lengths', packet(0x73, 0x82, 1, 9, 8), 960],
  ])('is known of %s', (_, bytes, samples) => {
    expect(opusSamples(bytes)).toBe(samples);
  });

  test.each([
    ['no bytes', packet()],
    ['two frames of unequal length', packet(0x71, 1, 2, 3)],
    ['a first frame that is too long', packet(0x72, 9, 1)],
    ['no frames', packet(0x7b, 0)],
    ['no number of frames', packet(0x7b)],
    ['more padding than bytes', packet(0x7b, 0x41, 200, 1)],
    ['a frame of 1,276 bytes', new Uint8Array(1277).fill(0x78)],
  ])('is unknown of %s', (_, bytes) => {
    expect(opusSamples(bytes)).toBeUndefined();
  });

  test('silence has the length of any other packet', () => {
    expect(opusSamples(silentPacket(960))).toBe(960);
    expect(opusSamples(silentPacket(480))).toBe(480);
    expect([silentPacket(960).length, silentPacket(480).length]).toEqual([80, 40]);
    expect(() => silentPacket(961)).toThrow(RangeError);
  });
});

test.each([-6, -40])('a chirp is found at %i dB in noise', (decibels) => {
  const gain = 10 ** (decibels / 20);
  const wanted = chirp(CHIRP_RATE);
  // A fixed noise of −44 dB.
  let state = 1;
  const recording = Float32Array.from({ length: CHIRP_RATE }, (_, i) => {
    state = (state * 48_271) % 2_147_483_647;
    const noise = 0.02 * (state / 1_073_741_823 - 1);
    return noise / 10 + gain * (wanted[i - 3000] ?? 0);
  });
  expect(chirpLevel(recording)).toBeCloseTo(decibels, -1);
});
