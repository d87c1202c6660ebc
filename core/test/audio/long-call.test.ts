import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { JitterBuffer } from '@roomkey/core/audio';
import { concealedShare, StepMeter, stepLimit } from './measures.js';
import { simulate } from './simulation.js';
import { randomNumbers, sine, speech } from './sounds.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('half an hour of two clocks', () => {
  test.each([
    [200, 'a tone', sine(440)],
    [-200, 'speech', speech],
  ])(
    '%i ppm apart with %s keeps the depth at its target, without a step, in the same memory',
    (driftPpm, _, sound) => {
      const random = randomNumbers(6);
      const meter = new StepMeter();
      let largestError = 0;
      let sum = 0;
      let count = 0;
      let memoryAtFirst: number | undefined;
      let memoryAtLast = 0;
      const gauges = simulate({
        sound,
        seconds: 1_800,
        driftPpm,
        delays: () => 1 - 0.5 * Math.log(1 - random()),
        onPull: ({ output, nowMs, buffer }) => {
          meter.add(output);
          if (nowMs < 5_000) return;
          const { depthMs, targetMs } = buffer.gauges;
          const error = depthMs - targetMs;
          largestError = Math.max(largestError, Math.abs(error));
          sum += error;
          count += 1;
          if (nowMs > 60_000) memoryAtFirst ??= memoryInUse();
          if (nowMs > 1_799_000 && memoryAtLast === 0) memoryAtLast = memoryInUse();
        },
      });
      expect(largestError).toBeLessThan(20);
      expect(Math.abs(sum / count)).toBeLessThan(5);
      expect(meter.largest).toBeLessThanOrEqual(stepLimit(sound));
      expect(concealedShare(gauges)).toBeLessThan(0.0001);
      expect(gauges).toMatchObject({ removedSamples: 0, late: 0, dropped: 0 });
      expect(memoryAtLast - memoryAtFirst!).toBeLessThan(100_000);
    },
  );
});

test('a pull allocates nothing', () => {
  const buffer = new JitterBuffer();
  const output = new Float32Array(128);
  const growths: number[] = [];
  for (let round = 0; round < 20_000; round += 1) {
    // Two units and 40 ms, with a loss every second.
    for (const number of [2 * round, 2 * round + 1]) {
      const samples = speech(number * 960, 960);
      if (number % 50 === 7) continue;
      buffer.push({ number, mediaTimeUs: number * 20_000, samples, arrivalMs: number * 20 });
    }
    const before = process.memoryUsage().heapUsed;
    for (let pull = 0; pull < 15; pull += 1) buffer.pull(output);
    if (round > 15_000) growths.push(process.memoryUsage().heapUsed - before);
  }
  expect(buffer.gauges.playedSamples).toBeGreaterThan(38_000_000);
  expect(buffer.gauges.concealedSamples).toBeGreaterThan(0);
  // Bytes in 15 pulls; the measurement itself adds some. A view of 128 samples would be 15 × 100.
  const median = growths.sort((a, b) => a - b)[Math.floor(growths.length / 2)]!;
  expect(median).toBeLessThan(15 * 32);
});
