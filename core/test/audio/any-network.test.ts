import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JitterBuffer } from '@roomkey/core/audio';
import { StepMeter, stepLimit } from './measures.js';
import { sine } from './sounds.js';

/** What can happen to a unit: lost, late by some ms, a copy that is late by some ms. */
const fate = fc.record({
  isLost: fc.nat({ max: 5 }).map((n) => n === 0),
  late: fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 15 }) }, fc.nat({ max: 1_500 })),
  copy: fc.option(fc.nat({ max: 1_500 }), { freq: 3 }),
});

const network = fc.record({
  // Every sound here has no larger step than 3 % of its peak, so that a click is seen.
  hertz: fc.constantFrom(30, 50, 97, 200),
  unitMs: fc.constantFrom(10, 20),
  first: fc.constantFrom(0, 7, 2 ** 31 - 20, 2 ** 32 - 20),
  fates: fc.array(fate, { minLength: 20, maxLength: 150 }),
  losesUnits: fc.boolean(),
  stall: fc.option(fc.record({ from: fc.nat({ max: 1_000 }), ms: fc.nat({ max: 2_000 }) })),
  pulls: fc.array(fc.integer({ min: 100, max: 1_200 }), { minLength: 1, maxLength: 8 }),
});

interface Push {
  readonly n: number;
  readonly at: number;
}

describe('a jitter buffer on any network', () => {
  test('stays within its limits, counts every unit, and makes no step', () => {
    fc.assert(
      fc.property(network, ({ hertz, unitMs, first, fates, losesUnits, stall, pulls }) => {
        const sound = sine(hertz);
        const length = unitMs * 48;
        const arrivals: Push[] = fates
          .flatMap(({ isLost, late, copy }, n): Push[] => {
            const at = n * unitMs;
            if (losesUnits && isLost) return [];
            return [{ n, at: at + late }, ...(copy === null ? [] : [{ n, at: at + copy }])];
          })
          .map(({ n, at }) => {
            const isStalled = stall !== null && at >= stall.from && at < stall.from + stall.ms;
            return { n, at: isStalled ? stall.from + stall.ms : at };
          })
          .sort((a, b) => a.at - b.at);
        const buffer = new JitterBuffer();
        const meter = new StepMeter();
        const limit = stepLimit(sound);
        const seen = new Set<number>();
        let pushed = 0;
        let copies = 0;
        let pulled = 0;
        let deepest = 0;
        let shallowest = 0;
        for (let turn = 0; pulled / 48 < fates.length * unitMs + 2_500; turn += 1) {
          for (
            ;
            arrivals[pushed] !== undefined && arrivals[pushed]!.at <= pulled / 48;
            pushed += 1
          ) {
            const { n, at } = arrivals[pushed]!;
            const number = (first + n) % 2 ** 32;
            const samples = sound(n * length, length);
            buffer.push({ number, mediaTimeUs: 1e15 + n * unitMs * 1000, samples, arrivalMs: at });
            if (seen.has(n)) copies += 1;
            seen.add(n);
            deepest = Math.max(deepest, buffer.gauges.depthMs);
          }
          const output = new Float32Array(pulls[turn % pulls.length]!);
          buffer.pull(output);
          pulled += output.length;
          meter.add(output);
          const { depthMs, targetMs } = buffer.gauges;
          shallowest = Math.min(shallowest, depthMs);
          if (targetMs < 20 || targetMs > 240) expect.fail(`the target was ${targetMs} ms`);
        }
        const { gauges } = buffer;
        expect(deepest).toBeLessThanOrEqual(1_000);
        expect(shallowest).toBeGreaterThanOrEqual(0);
        expect(gauges.duplicates).toBe(copies);
        expect(gauges.late + gauges.dropped).toBeLessThanOrEqual(seen.size);
        expect(gauges.concealedSamples).toBeLessThanOrEqual(gauges.playedSamples * 1.005);
        expect(gauges.playedSamples).toBeLessThanOrEqual(pulled);
        expect(meter.largest).toBeLessThanOrEqual(limit);
        // Once nothing comes any more, there is silence.
        const rest = new Float32Array(480);
        buffer.pull(rest);
        expect(rest.every((sample) => sample === 0)).toBe(true);
        expect(gauges.depthMs).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test('survives units with any numbers and times', () => {
    const unit = fc.record({
      number: fc.integer({ min: 0, max: 0xffffffff }),
      mediaTimeUs: fc.double({ min: -1e18, max: 1e18, noNaN: true }),
      arrivalMs: fc.double({ min: -1e15, max: 1e15, noNaN: true }),
      pull: fc.nat({ max: 2_000 }),
    });
    const near = fc.record({
      number: fc.integer({ min: 0, max: 5_000 }),
      mediaTimeUs: fc.integer({ min: 0, max: 1e8 }),
      arrivalMs: fc.integer({ min: 0, max: 1e5 }),
      pull: fc.nat({ max: 2_000 }),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(unit, near), { maxLength: 200 }), (units) => {
        const buffer = new JitterBuffer();
        const samples = sine(200)(0, 480);
        for (const { pull, ...each } of units) {
          buffer.push({ ...each, samples });
          const output = new Float32Array(pull);
          buffer.pull(output);
          const { depthMs, targetMs } = buffer.gauges;
          expect(depthMs).toBeGreaterThanOrEqual(0);
          expect(depthMs).toBeLessThanOrEqual(1_000);
          expect(targetMs).toBeGreaterThanOrEqual(20);
          expect(targetMs).toBeLessThanOrEqual(240);
          expect(output.every(Number.isFinite)).toBe(true);
        }
        const { late, duplicates, dropped } = buffer.gauges;
        expect(late + duplicates + dropped).toBeLessThanOrEqual(units.length);
      }),
    );
  });
});
