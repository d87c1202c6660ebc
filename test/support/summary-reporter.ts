import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestProject } from 'vitest/node';
import type { MissingParts } from './parts.js';

/** The summary, to which `npm test` adds its own checks. */
interface Summary {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each reason for skipped tests. */
  notes: string[];
}

/**
 * Prints at the end why tests were skipped, and a line with the numbers of passed and failed tests. If
 * `ROOMKEY_SUMMARY_FILE` names a file, it writes the summary there as JSON instead.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((each) => each.result().state === state).length;
    const summary: Summary = {
      passed: count('passed'),
      // Includes failures outside tests: a file that cannot be loaded, a hook of a suite.
      failed:
        count('failed') +
        modules
          .flatMap((module) => [module, ...module.children.allSuites()])
          .filter((group) => group.errors().length > 0).length +
        unhandledErrors.length,
      skipped: count('skipped') + count('pending'),
      notes: skipNotes(tests),
    };
    const file = process.env['ROOMKEY_SUMMARY_FILE'];
    if (file === undefined) process.stdout.write(formatSummary(summary));
    else writeFileSync(file, JSON.stringify(summary));
  }
}

function formatSummary({ passed, failed, skipped, notes }: Summary): string {
  const counts = `${String(passed)} passed, ${String(failed)} failed`;
  const more = skipped > 0 ? `, ${String(skipped)} skipped` : '';
  return [...notes.map((note) => `skipped: ${note}`), counts + more, ''].join('\n');
}

function skipNotes(tests: readonly TestCase[]): string[] {
  const counts = new Map<string, number>();
  for (const each of tests) {
    const result = each.result();
    if (result.state !== 'skipped') continue;
    const part = each.meta().missingPart;
    const reason =
      part === undefined
        ? (result.note ?? `no reason given: ${each.fullName}`)
        : `${part}: ${missingParts(each.project)[part] ?? ''}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(
    ([reason, count]) => `${reason} (${count === 1 ? '1 test' : `${String(count)} tests`})`,
  );
}

function missingParts(project: TestProject): MissingParts {
  return project.getProvidedContext().missingParts;
}
