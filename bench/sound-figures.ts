import type { SoundRound } from './sound-round.js';

/** The figures of a round. */
export interface SoundFigures {
  /** From the captured block to what was played, ms. */
  readonly p50: number;
  readonly p95: number;
  /** Share of what was played that was made up. */
  readonly concealed: number;
  /** The chirps that were found again. */
  readonly chirps: number;
}

export function figuresOf({ latencies, concealed }: SoundRound): SoundFigures {
  const sorted = latencies.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return { p50: quantile(0.5), p95: quantile(0.95), concealed, chirps: sorted.length };
}

/** Prints the figures from which the rows come. */
export function printSound(ways: Readonly<Record<string, SoundFigures>>): void {
  for (const [name, { p50, p95, concealed, chirps }] of Object.entries(ways)) {
    const parts = [
      `mouth to ear p50 ${p50.toFixed(1)} ms`,
      `p95 ${p95.toFixed(1)} ms`,
      `${(concealed * 100).toFixed(2)} % concealed`,
      `${chirps} chirps`,
    ];
    console.error(`  ${name}: ${parts.join(', ')}`);
  }
}
