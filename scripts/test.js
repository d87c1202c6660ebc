// `npm test`: installs and builds what is missing, then runs every check and test, even if one
// fails. Arguments go to vitest and limit the run to tests that match: `npm test --
// core/test/secure`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runNode, runNpm, wasStopped } from './lib/run.js';
import { setUp } from './lib/set-up.js';

/** @type {{ name: string, passed: boolean }[]} */
const checks = [{ name: 'build', passed: await setUp() }];
const filters = process.argv.slice(2);

if (filters.length === 0) {
  for (const name of ['typecheck', 'lint', 'format:check']) {
    console.log(`\n${name}`);
    const code = await runNpm(['run', '--silent', name]);
    if (wasStopped(code)) process.exit(code);
    checks.push({ name, passed: code === 0 });
  }
}

const tests = await runTests(filters);
const skipped =
  filters.length > 0 ? ['type check, lint and format: only some tests were asked for'] : [];
for (const note of [...skipped, ...tests.notes]) console.log(`skipped: ${note}`);
const failedChecks = checks.filter((check) => !check.passed);
for (const { name } of failedChecks) console.log(`failed: ${name}`);

// A check counts as a test.
const passed = tests.passed + checks.length - failedChecks.length;
const failed = tests.failed + failedChecks.length;
const more = tests.skipped > 0 ? `, ${String(tests.skipped)} skipped` : '';
console.log(`${String(passed)} passed, ${String(failed)} failed${more}`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * @param {readonly string[]} filters
 * @returns {Promise<{ passed: number, failed: number, skipped: number, notes: string[] }>}
 */
async function runTests(filters) {
  const folder = mkdtempSync(join(tmpdir(), 'roomkey-test-'));
  try {
    const file = join(folder, 'summary.json');
    console.log('\ntests');
    const code = await runNode(['node_modules/vitest/vitest.mjs', 'run', ...filters], {
      env: { ...process.env, ROOMKEY_SUMMARY_FILE: file },
    });
    if (wasStopped(code)) process.exit(code);
    const summary = existsSync(file)
      ? JSON.parse(readFileSync(file, 'utf8'))
      : { passed: 0, failed: 0, skipped: 0, notes: [] };
    // The exit code also covers failures outside of tests, such as a missing file.
    return { ...summary, failed: Math.max(summary.failed, code === 0 ? 0 : 1) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
