import { BrowserBench } from './browser-bench.js';
import type { Figures, Way } from './browser-round.js';
import { alternateAll } from './goal.js';

/** Measures several ways in turn. @returns the medians of each */
export async function compareWays<W extends Way>(ways: readonly W[]): Promise<Record<W, Figures>> {
  const bench = await BrowserBench.open();
  try {
    const rounds = ways.map((way) => [way, () => bench.measure(way)] as const);
    const medians = await alternateAll(
      Object.fromEntries(rounds) as Record<W, () => Promise<Figures>>,
    );
    printFigures(medians);
    return medians;
  } finally {
    await bench.close();
  }
}

/** Prints the figures from which the goals' ratios come. */
function printFigures(ways: Readonly<Record<string, Figures>>): void {
  for (const [name, { p50, p95, arrived, drawn, cpu, rate }] of Object.entries(ways)) {
    const parts = [
      `p50 ${p50.toFixed(1)} ms`,
      `p95 ${p95.toFixed(1)} ms`,
      `${(drawn * 100).toFixed(1)} % drawn`,
      ...(Number.isNaN(arrived) ? [] : [`${(arrived * 100).toFixed(1)} % arrived`]),
      `${(cpu * 100).toFixed(0)} % of a core`,
      `${(rate / 1e6).toFixed(2)} Mbit/s`,
    ];
    console.error(`  ${name}: ${parts.join(', ')}`);
  }
}
