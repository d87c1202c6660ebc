import { SAMPLES_PER_MS } from './format.js';

/** The least and greatest lag, samples: 5 and 15 ms, so several periods of a voice above 200 Hz. */
const SHORTEST = 5 * SAMPLES_PER_MS;
const LONGEST = 15 * SAMPLES_PER_MS;
/** The length of the two parts that are compared, samples: 10 ms. */
const COMPARED = 10 * SAMPLES_PER_MS;
/** The first search runs on every fourth sample, of the mean of four. */
const STEP = 4;

/** The greatest period, samples. */
export const LONGEST_PERIOD = LONGEST;

/** The number of samples in which a period is found: 25 ms. */
export const PERIOD_SPAN = LONGEST + COMPARED;

/**
 * Finds after how many samples a sound repeats itself, by the correlation of two parts of 10 ms, like
 * WebRTC's NetEq (`time_stretch.cc`, `expand.cc`). Unlike there, parts of different loudness do not
 * count as equal.
 */
export class PeriodFinder {
  readonly #coarse = new Float32Array(PERIOD_SPAN / STEP);

  /**
   * The best period, 240…720 samples (5 to 15 ms): several periods of a high voice; the longest in
   * silence, where every cut is as good.
   *
   * @param samples `PERIOD_SPAN` samples
   * @param side which end of them is compared with the rest
   */
  find(samples: Float32Array, side: 'start' | 'end'): number {
    for (let i = 0; i < this.#coarse.length; i += 1) {
      let sum = 0;
      for (let j = 0; j < STEP; j += 1) sum += samples[i * STEP + j] ?? 0;
      this.#coarse[i] = sum / STEP;
    }
    const coarse =
      STEP * bestLag(this.#coarse, side, COMPARED / STEP, SHORTEST / STEP, LONGEST / STEP);
    const least = Math.max(SHORTEST, coarse - STEP);
    const most = Math.min(LONGEST, coarse + STEP);
    return bestLag(samples, side, COMPARED, least, most);
  }
}

function bestLag(
  samples: Float32Array,
  side: 'start' | 'end',
  compared: number,
  from: number,
  to: number,
): number {
  const fixed = side === 'start' ? 0 : samples.length - compared;
  const direction = side === 'start' ? 1 : -1;
  let best = to;
  let bestSimilarity = 0;
  for (let lag = from; lag <= to; lag += 1) {
    const similarity = similarityOf(samples, fixed, fixed + direction * lag, compared);
    if (similarity > bestSimilarity) {
      best = lag;
      bestSimilarity = similarity;
    }
  }
  return best;
}

/** 1 for equal parts, 0 for unrelated ones: twice their product over the sum of their energies. */
function similarityOf(samples: Float32Array, fixed: number, moved: number, length: number): number {
  let product = 0;
  let energy = 0;
  for (let i = 0; i < length; i += 1) {
    const a = samples[fixed + i] ?? 0;
    const b = samples[moved + i] ?? 0;
    product += a * b;
    energy += a * a + b * b;
  }
  return energy > 0 ? (2 * product) / energy : 0;
}
