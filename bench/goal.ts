/** One line of the table. */
export interface Row {
  /** What was measured, and against what. */
  readonly name: string;
  /** The measured figure: a ratio, or what `unit` says. */
  readonly figure: number;
  readonly unit?: 'ms';
  /** What the figure must be at least, or at most. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
}

/** A goal of the project's, each in a file `goal-NN-….ts` that exports it as `goal`. */
export interface Goal {
  readonly id: number;
  readonly title: string;
  run(): Promise<readonly Row[]>;
}

/** Rounds of each measurement. */
export const ROUNDS = 5;

/**
 * Measures several ways to do the same, in turns, so that what the machine does meanwhile falls on
 * all of them, after one round that does not count.
 *
 * @returns the median of each
 */
export async function alternate<K extends string>(
  ways: Readonly<Record<K, () => Promise<number>>>,
): Promise<Record<K, number>> {
  const names = Object.keys(ways) as K[];
  const figures = new Map<K, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of names) {
      const figure = await ways[name]();
      if (round > 0) figures.get(name)?.push(figure);
    }
  }
  const medians = names.map((name) => [name, median(figures.get(name) ?? [])]);
  return Object.fromEntries(medians) as Record<K, number>;
}

/** The middle value; of an even number of them, the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Whether a row's figure is what it must be. */
export function isMet({ figure, target }: Row): boolean {
  return 'atLeast' in target ? figure >= target.atLeast : figure <= target.atMost;
}
