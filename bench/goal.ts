/** A row of the table. */
export interface Row {
  /** The measured quantity, and its reference if it is a ratio. */
  readonly name: string;
  /** The measured figure, in `unit`, or a ratio without one. */
  readonly figure: number;
  readonly unit?:
    'ms' | 'dB' | 'MiB' | 'times' | 'pictures' | 'records' | 'notices' | 'guesses' | 'descriptors';
  /** The smallest or the largest figure that meets the goal. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
}

/**
 * A goal of the project, or a stress test with a hostile peer or a bad link. Each is in a file of its
 * own, `goal-NN-….ts`, `goal-path.ts` or `stress-N-….ts`, which exports it as `goal`.
 */
export interface Goal {
  readonly id: number | 'path';
  readonly title: string;
  /** Why it cannot be measured on this computer; undefined if it can. */
  missing?(): string | undefined;
  run(): Promise<readonly Row[]>;
}

/** Rounds of each measurement. */
export const ROUNDS = 5;

/** Like `alternateAll`, with one figure per way. */
export async function alternate<K extends string>(
  ways: Readonly<Record<K, () => Promise<number>>>,
): Promise<Record<K, number>> {
  const entries = Object.entries<() => Promise<number>>(ways);
  const several = entries.map(([name, way]) => [name, async () => ({ figure: await way() })]);
  const medians = await alternateAll(
    Object.fromEntries(several) as Record<K, () => Promise<{ figure: number }>>,
  );
  const figures = Object.entries<{ figure: number }>(medians);
  return Object.fromEntries(figures.map(([name, { figure }]) => [name, figure])) as Record<
    K,
    number
  >;
}

/**
 * Measures several ways to do the same in turn, so that other work of the computer slows all of them
 * down alike. The first round does not count.
 *
 * @returns the median of each figure of each way
 */
export async function alternateAll<K extends string, F extends object>(
  ways: Readonly<Record<K, () => Promise<F>>>,
): Promise<Record<K, F>> {
  const names = Object.keys(ways) as K[];
  const measured = new Map<K, F[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const name of names) {
      const figures = await ways[name]();
      if (round > 0) measured.get(name)?.push(figures);
    }
  }
  return Object.fromEntries(
    names.map((name) => [name, medians(measured.get(name) ?? [])]),
  ) as Record<K, F>;
}

function medians<F extends object>(rounds: readonly F[]): F {
  const keys = Object.keys(rounds[0] ?? {}) as (keyof F)[];
  return Object.fromEntries(
    keys.map((key) => [key, median(rounds.map((round) => round[key] as number))]),
  ) as F;
}

/** The middle value, or the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** Whether a row's figure meets its target. */
export function isMet({ figure, target }: Row): boolean {
  return 'atLeast' in target ? figure >= target.atLeast : figure <= target.atMost;
}
