/**
 * Half an hour of a call with sound both ways and video one way: what grows in it. Slopes are of the
 * time after the first five minutes, the median of those between all pairs of samples, which single
 * ones do not move (P. K. Sen, 1968). `ROOMKEY_BENCH_MINUTES` sets another length.
 */
import { missingChromium } from './chromium.js';
import { withCleanUp } from './clean-up.js';
import { median, type Goal, type Row } from './goal.js';
import { holdCall, type Sample } from './long-call.js';
import { missingProcessFigures } from './process-figures.js';
import { openSoundBench } from './sound-bench.js';

const MINUTES = Number(process.env['ROOMKEY_BENCH_MINUTES'] ?? 30);
/** Of a shorter call a third is left out. */
const LEFT_OUT = Math.min(5, MINUTES / 3);
const EVERY_MS = 20_000;
const SLOPE_MINUTES = 10;

const rows: readonly [key: keyof Sample, name: string, most: number][] = [
  ['apps', 'MiB that both apps take more after ten minutes', 1],
  ['appObjects', 'MiB that their objects take more', 1],
  ['windowObjects', 'MiB that the objects of both windows take more', 1],
  ['pictures', 'ms by which the age of pictures grows in ten minutes', 1],
  ['sound', 'ms by which the age of sound grows in ten minutes', 1],
  ['descriptors', 'descriptors that are more after ten minutes', 0],
];

export const goal: Goal = {
  id: 17,
  title: `${MINUTES} minutes of a call with sound and video, 1280×720 at 30 fps`,
  missing: () => missingProcessFigures() ?? missingChromium(),
  run: () =>
    withCleanUp(async (onEnd) => {
      const sides = await openSoundBench(onEnd, { isInspected: true });
      const samples = await holdCall(sides, MINUTES, EVERY_MS);
      const counted = samples.filter(({ minute }) => minute > LEFT_OUT);
      print(counted);
      return rows.map(([key, name, most]): Row => {
        const figure = slopeOf(counted, key) * SLOPE_MINUTES;
        return { name, figure, target: { atMost: most } };
      });
    }),
};

/** In a minute. */
function slopeOf(samples: readonly Sample[], key: keyof Sample): number {
  return median(
    samples.flatMap((later, index) =>
      samples
        .slice(0, index)
        .map((earlier) => (later[key] - earlier[key]) / (later.minute - earlier.minute)),
    ),
  );
}

/** Prints the samples' ranges. */
function print(samples: readonly Sample[]): void {
  for (const key of Object.keys(samples[0] ?? {}) as (keyof Sample)[]) {
    const values = samples.map((sample) => sample[key]).toSorted((a, b) => a - b);
    const [least = NaN, most = NaN] = [values[0], values.at(-1)];
    console.error(
      `  ${key}: ${least.toFixed(1)} to ${most.toFixed(1)}, median ${median(values).toFixed(1)}`,
    );
  }
}
