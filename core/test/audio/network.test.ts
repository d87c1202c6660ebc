import { describe, expect, test } from 'vitest';
import { bestCorrelation, concealedShare, StepMeter, stepLimit } from './measures.js';
import { simulate, type SimulationOptions } from './simulation.js';
import { randomNumbers, silence, sine, speech } from './sounds.js';

/** Delays of a network at rest: 1 ms, sometimes some more; below 2.5 ms for 95 %. */
function calm(seed = 1): () => number {
  const random = randomNumbers(seed);
  return () => 1 - 0.5 * Math.log(1 - random());
}

/** Nothing arrives for `lengthMs` at the end of each interval; then all at once. */
function stalls(everyMs: number, lengthMs: number): (number: number, sentMs: number) => number {
  const rest = calm();
  return (_, sentMs) => {
    const left = everyMs - (sentMs % everyMs);
    return left <= lengthMs ? left + rest() : rest();
  };
}

interface Depth {
  readonly nowMs: number;
  readonly depthMs: number;
  readonly targetMs: number;
}

/** Runs a simulation; returns its figures with the depth after each pull, and the largest step. */
function run(options: SimulationOptions) {
  const meter = new StepMeter();
  const depths: Depth[] = [];
  const gauges = simulate({
    ...options,
    onPull: (pull) => {
      meter.add(pull.output);
      const { depthMs, targetMs } = pull.buffer.gauges;
      depths.push({ nowMs: pull.nowMs, depthMs, targetMs });
      options.onPull?.(pull);
    },
  });
  return { gauges, depths, largestStep: meter.largest };
}

/**
 * The greatest depth over the target + 40 ms in a time, ms. Of a target that has just fallen, the one
 * before it counts for 1.5 s.
 */
function excess(depths: readonly Depth[], fromMs: number, toMs: number): number {
  const pulls = Math.round(1_500 / (128 / 48));
  return depths.reduce((most, { nowMs, depthMs, targetMs }, n) => {
    if (nowMs < fromMs || nowMs > toMs) return most;
    const before = depths[n - pulls]?.targetMs ?? 0;
    return Math.max(most, depthMs - Math.max(targetMs, before) - 40);
  }, -Infinity);
}

describe('an undisturbed call', () => {
  test.each([
    [20, 128],
    [10, 128],
    [20, 480],
    [20, 960],
    [10, 960],
    [20, 441],
    [20, 2_048],
    [20, 4_800],
  ] as const)(
    'in units of %i ms, %i samples a pull, conceals at most half a percent',
    (unitMs, pullLength) => {
      const { gauges } = run({ sound: speech, seconds: 60, unitMs, pullLength, delays: calm() });
      expect(concealedShare(gauges)).toBeLessThanOrEqual(0.005);
      expect(gauges.underruns).toBeLessThanOrEqual(5);
      expect(gauges).toMatchObject({ late: 0, dropped: 0, duplicates: 0 });
    },
  );

  test.each([10, 20, 30])(
    'conceals at most half a percent where the sound card takes %i ms at once',
    (burstMs) => {
      const { gauges } = run({
        sound: speech,
        seconds: 60,
        burstMs,
        delays: calm(),
        driftPpm: 100,
      });
      expect(concealedShare(gauges)).toBeLessThanOrEqual(0.005);
      expect(gauges.underruns).toBeLessThanOrEqual(5);
    },
  );

  test('sounds as it was sent: correlation of at least 0.99 in each second', () => {
    const seconds = 12;
    const output: number[] = [];
    run({ sound: speech, seconds, delays: calm(), onPull: (pull) => output.push(...pull.output) });
    const played = Float32Array.from(output);
    const sent = Float32Array.from({ length: seconds * 48_000 }, (_, n) => speech(n, 1)[0]!);
    // The first two seconds settle the depth.
    for (let second = 3; second <= seconds; second += 1) {
      const { value, delay } = bestCorrelation(played, second * 48_000, 48_000, sent);
      expect(value).toBeGreaterThanOrEqual(0.99);
      // From the capture of a sample: up to 20 ms until its unit is whole, the way, and the depth.
      expect(delay / 48).toBeLessThan(40);
    }
  });

  test('does not depend on the clock of the arrivals, which drifts from that of the sound card', () => {
    const options = { sound: sine(440), seconds: 300, delays: calm() };
    const other = run({ ...options, arrivalClock: (ms) => 1e9 + ms * (1 + 2e-4) });
    expect(concealedShare(other.gauges)).toBeLessThanOrEqual(0.005);
    const settled = other.depths.filter(({ nowMs }) => nowMs > 3_000);
    for (const { depthMs, targetMs } of settled) {
      expect(Math.abs(depthMs - targetMs)).toBeLessThan(20);
    }
  });
});

describe('a stall of 500 ms', () => {
  const stallEndMs = 10_500;
  const stalled = (_: number, sentMs: number): number =>
    sentMs > 10_000 && sentMs <= stallEndMs ? stallEndMs - sentMs : 1;

  test.each([
    ['speech', speech],
    ['a low hum', sine(70)],
    ['a high tone', sine(1_000)],
    ['silence', silence],
  ])('of %s is given back to the target + 40 ms within 2 s', (_, sound) => {
    const { depths, gauges, largestStep } = run({ sound, seconds: 25, delays: stalled });
    expect(excess(depths, stallEndMs + 2_000, 25_000)).toBeLessThanOrEqual(0);
    // The window has forgotten the stall.
    expect(depths.at(-1)!.targetMs).toBe(20);
    expect(gauges.underruns).toBe(1);
    expect(gauges.late).toBe(0);
    expect(largestStep).toBeLessThanOrEqual(stepLimit(sound));
  });

  test('leaves the delay as it was before, in the end', () => {
    const { depths } = run({ sound: speech, seconds: 40, delays: stalled });
    const mean = (fromMs: number): number => {
      const part = depths.filter(({ nowMs }) => nowMs > fromMs && nowMs < fromMs + 2_000);
      return part.reduce((sum, { depthMs }) => sum + depthMs, 0) / part.length;
    };
    expect(Math.abs(mean(38_000) - mean(8_000))).toBeLessThan(5);
  });
});

describe('a network that stalls again and again', () => {
  test.each([20, 10] as const)(
    '150 ms every 3 s, in units of %i ms, conceals at most four percent',
    (unitMs) => {
      const delays = stalls(3_000, 150);
      const { gauges, largestStep } = run({ sound: speech, seconds: 120, unitMs, delays });
      expect(concealedShare(gauges)).toBeLessThanOrEqual(0.04);
      expect(gauges.late).toBe(0);
      expect(largestStep).toBeLessThanOrEqual(stepLimit(speech));
    },
  );

  test('80 ms every second is covered by the target', () => {
    const { gauges } = run({ sound: speech, seconds: 120, delays: stalls(1_000, 80) });
    expect(gauges.targetMs).toBeGreaterThan(60);
    expect(concealedShare(gauges)).toBeLessThanOrEqual(0.01);
  });

  test('after 3 s without arrivals the newest sound is played at the target', () => {
    // The sender keeps 300 ms, as the delivery policy of sound says.
    const { depths, gauges } = run({
      sound: speech,
      seconds: 20,
      delays: (_, sentMs) => {
        if (sentMs <= 5_000 || sentMs > 8_000) return 1;
        return sentMs > 7_700 ? 8_000 - sentMs : undefined;
      },
    });
    expect(excess(depths, 9_000, 20_000)).toBeLessThanOrEqual(0);
    expect(gauges.concealedSamples).toBeLessThan(48 * 3_100);
  });
});

describe('losses, copies and reordering', () => {
  test.each([1, 2, 5, 10])('losses of %i units make no step', (lost) => {
    const rest = calm();
    const delays = (number: number): number | undefined =>
      number % 100 >= 100 - lost ? undefined : rest();
    const { gauges, largestStep } = run({ sound: speech, seconds: 59, delays });
    expect(concealedShare(gauges)).toBeLessThan(lost / 100 + 0.002);
    expect(concealedShare(gauges)).toBeGreaterThan(lost / 100 - 0.01);
    expect(gauges.late).toBe(0);
    expect(largestStep).toBeLessThanOrEqual(stepLimit(speech));
  });

  test('of two connections that both lose 5 %, one has nearly every unit', () => {
    const random = randomNumbers(3);
    const one = (): number => (random() < 0.05 ? 200 : 1 + random());
    const delays = (): number[] => [one(), one()];
    const { gauges } = run({ sound: speech, seconds: 60, isOrdered: false, delays });
    expect(gauges.duplicates).toBeGreaterThan(2_900);
    expect(concealedShare(gauges)).toBeLessThanOrEqual(0.005);
    expect(gauges.targetMs).toBeLessThan(25);
  });

  test('units that overtake each other by up to 60 ms are played in their order', () => {
    const random = randomNumbers(4);
    const { gauges, largestStep } = run({
      sound: sine(440),
      seconds: 60,
      isOrdered: false,
      delays: () => 60 * random(),
    });
    expect(concealedShare(gauges)).toBeLessThanOrEqual(0.005);
    expect(largestStep).toBeLessThanOrEqual(stepLimit(sine(440)));
  });
});
