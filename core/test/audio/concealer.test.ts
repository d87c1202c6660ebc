import { describe, expect, test } from 'vitest';
import { Concealer } from '../../src/audio/concealer.js';
import { PERIOD_SPAN, PeriodFinder } from '../../src/audio/pitch.js';
import { randomNumbers } from './sounds.js';

/** A voice: a pulse each period that rings. */
function voice(period: number): Float32Array {
  return Float32Array.from({ length: PERIOD_SPAN }, (_, n) => {
    const since = n % period;
    return Math.exp(-since / 60) * Math.sin((2 * Math.PI * since) / 70);
  });
}

const noise = (): Float32Array => {
  const random = randomNumbers(5);
  return Float32Array.from({ length: PERIOD_SPAN }, () => random() - 0.5);
};

describe('the period finder', () => {
  test.each([240, 333, 480, 601, 720])('finds the period of a voice, %i samples', (period) => {
    const finder = new PeriodFinder();
    expect(finder.find(voice(period), 'start')).toBe(period);
    expect(finder.find(voice(period), 'end')).toBe(period);
  });

  test('finds several periods of a high voice', () => {
    const period = new PeriodFinder().find(voice(150), 'end');
    expect([300, 450, 600]).toContain(period);
  });

  test('in silence gives the longest period', () => {
    expect(new PeriodFinder().find(new Float32Array(PERIOD_SPAN), 'start')).toBe(720);
    expect(new PeriodFinder().find(new Float32Array(PERIOD_SPAN), 'end')).toBe(720);
  });

  test('in noise gives a period within its limits', () => {
    const period = new PeriodFinder().find(noise(), 'end');
    expect(period).toBeGreaterThanOrEqual(240);
    expect(period).toBeLessThanOrEqual(720);
  });
});

describe('the concealment', () => {
  /** What follows after these samples. */
  function concealed(played: Float32Array, count: number): Float32Array {
    const concealer = new Concealer();
    concealer.remember(played, 0, played.length);
    concealer.start();
    const output = new Float32Array(count);
    concealer.fill(output, 0, count);
    return output;
  }

  test('continues a voice, ever lower', () => {
    const output = concealed(voice(400), 2_880);
    for (const [n, sample] of output.entries()) {
      const at = PERIOD_SPAN + n;
      const expected = voice(400)[at % 400]! * (1 - n / 2_880);
      expect(sample).toBeCloseTo(expected, 2);
    }
  });

  test.each([
    ['a voice', voice(333)],
    ['noise', noise()],
    [
      'a hum below any period',
      Float32Array.from({ length: PERIOD_SPAN }, (_, n) => Math.sin(n / 300)),
    ],
  ])('of %s begins without a step', (_, played) => {
    const output = concealed(played, 1_000);
    const steps = [...played.subarray(-1), ...output].map((x, n, all) =>
      Math.abs(x - (all[n - 1] ?? x)),
    );
    const largest = played.reduce(
      (most, x, n) => Math.max(most, Math.abs(x - (played[n - 1] ?? x))),
      0,
    );
    expect(Math.max(...steps)).toBeLessThanOrEqual(largest + 0.02);
  });

  test('is silent after 60 ms', () => {
    const output = concealed(noise(), 6_000);
    expect(output.subarray(0, 2_800).some((sample) => sample !== 0)).toBe(true);
    expect(output.subarray(2_880).every((sample) => sample === 0)).toBe(true);
  });

  test('of silence is silence', () => {
    expect(concealed(new Float32Array(PERIOD_SPAN), 3_000).every((sample) => sample === 0)).toBe(
      true,
    );
  });

  test('remembers sound in parts of any length', () => {
    const whole = new Concealer();
    const parts = new Concealer();
    const long = Float32Array.from({ length: 4_000 }, (_, n) => Math.sin(n / 40));
    whole.remember(long, 0, 4_000);
    for (const [from, count] of [
      [0, 3_000],
      [3_000, 1],
      [3_001, 127],
      [3_128, 872],
    ] as const) {
      parts.remember(long, from, count);
    }
    const outputs = [whole, parts].map((each) => {
      const output = new Float32Array(500);
      each.start();
      each.fill(output, 0, 500);
      return output;
    });
    expect(outputs[0]).toEqual(outputs[1]);
  });
});
