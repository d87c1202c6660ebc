/**
 * `npm run bench`: measures the goals and prints them in one table. `npm run bench -- 1 11` measures
 * those goals only; `--json` prints one JSON document. `--stress`, or `npm run stress`, runs the stress
 * tests in place of the goals. The rows say whether a goal is met; the exit code says only whether all
 * could be measured.
 */
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { isMet, type Goal, type Row } from './goal.js';

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    stress: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const goals: Goal[] = [];
for (const file of readdirSync(import.meta.dirname).toSorted()) {
  if (!file.startsWith(values.stress ? 'stress-' : 'goal-') || !file.endsWith('.js')) continue;
  const { goal } = (await import(`./${file}`)) as { goal: Goal };
  if (positionals.length === 0 || positionals.includes(String(goal.id))) goals.push(goal);
}

const measured: { goal: Goal; rows: readonly Row[]; skipped?: string }[] = [];
for (const goal of goals) {
  const skipped = goal.missing?.();
  if (skipped !== undefined) {
    console.error(`Not measured: goal ${String(goal.id)}, ${goal.title}: ${skipped}.`);
    measured.push({ goal, rows: [], skipped });
    continue;
  }
  console.error(`Measuring goal ${String(goal.id)}: ${goal.title} …`);
  measured.push({ goal, rows: await goal.run() });
}

const machine = `${String(cpus().length)} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
if (values.json) {
  const report = measured.map(({ goal: { id, title }, rows, skipped }) => ({
    id,
    title,
    ...(skipped !== undefined && { skipped }),
    rows: rows.map((row) => ({ ...row, met: isMet(row) })),
  }));
  console.log(JSON.stringify({ machine, goals: report }, undefined, 2));
} else {
  const lines = measured.flatMap(({ goal, rows }) =>
    rows.map((row) => [
      String(goal.id),
      row.name,
      format(row, row.figure),
      'atLeast' in row.target
        ? `≥ ${format(row, row.target.atLeast)}`
        : `≤ ${format(row, row.target.atMost)}`,
      isMet(row) ? 'met' : 'not met',
    ]),
  );
  const table = [['#', 'goal', 'figure', 'target', ''], ...lines];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...table.map((cells) => (cells[column] ?? '').length)),
  );
  for (const cells of table) {
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
  console.log(`\n${machine}`);
}

function format({ unit }: Row, figure: number): string {
  return unit === undefined
    ? String(Number(figure.toPrecision(3)))
    : `${figure.toFixed(0)} ${unit}`;
}
