import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CubicResampler } from '../../src/audio/resampler.js';

/** Resamples a sound in steps of these lengths; the sample at `n` is `sampleAt(n)`. */
function resample(lengths: readonly number[], rate: number, sampleAt: (n: number) => number) {
  const resampler = new CubicResampler(240);
  resampler.rate = rate;
  const output = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let used = 0;
  let at = 0;
  for (const length of lengths) {
    const count = resampler.inputCount(length);
    for (let i = 0; i < count; i += 1) {
      resampler.input[resampler.inputOffset + i] = sampleAt(used + i);
    }
    resampler.process(output, at, length);
    used += count;
    at += length;
  }
  return { output, used };
}

const sine = (period: number) => (n: number) => Math.sin((2 * Math.PI * n) / period);

describe('the resampler', () => {
  test('at the same speed gives its input, three samples later', () => {
    const { output, used } = resample([128, 240, 1, 7], 1, (n) => n + 1);
    expect(used).toBe(376);
    expect([...output]).toEqual(Array.from({ length: 376 }, (_, n) => Math.max(0, n - 2)));
  });

  test.each([0.996, 0.9998, 1.0002, 1.004])(
    'at the speed %f gives the sound at that speed',
    (rate) => {
      // 1 kHz: the error of the interpolation is 88 dB below the sound.
      const period = 48;
      const { output, used } = resample(Array<number>(200).fill(128), rate, sine(period));
      expect(used).toBe(Math.floor(25_600 * rate));
      const expected = sine(period);
      const error = output.reduce(
        (most, sample, n) =>
          n < 10 ? most : Math.max(most, Math.abs(sample - expected(n * rate - 3))),
        0,
      );
      expect(error).toBeLessThan(4e-5);
    },
  );

  test('gives the same in steps of any length', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 240 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(lengths, fc.double({ min: 0.996, max: 1.004, noNaN: true }), (steps, rate) => {
        const { output, used } = resample(steps, rate, sine(100));
        const single = resample(Array<number>(output.length).fill(1), rate, sine(100));
        expect(Math.abs(used - single.used)).toBeLessThanOrEqual(1);
        for (const [n, sample] of output.entries())
          expect(sample).toBeCloseTo(single.output[n]!, 4);
      }),
    );
  });

  test('refuses a step for which it has no memory', () => {
    expect(() => new CubicResampler(240).inputCount(241)).toThrow(RangeError);
  });
});
