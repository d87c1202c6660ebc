import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { root, runNode, runNpm, wasStopped } from './run.js';

/** Written last, so that an installation that was cut off is done again. */
const stamp = join(root, 'node_modules', '.roomkey-installed');

/** How long somebody waits without wondering, ms. */
const PATIENCE_MS = 2_000;

/** @typedef {(runner: typeof runNode, args: readonly string[]) => Promise<number>} Step */

/**
 * Makes the checkout ready: packages installed, sources built, the OpenCV addon taken from the
 * cache where one is there. Each step is done only where it is needed. Where it cannot go on, it
 * says so and ends the process.
 *
 * @returns {Promise<boolean>} whether the sources could be built
 */
export async function setUp() {
  /** @type {NodeJS.Timeout | undefined} */
  let waiting;
  try {
    return await withLock(
      join(root, '.cache', 'set-up-lock'),
      async (hold) => {
        clearTimeout(waiting);
        const step = stepper(hold);
        await install(step);
        const isBuilt = await build(step);
        await step(runNode, ['scripts/setup-opencv.js', '--restore-only']);
        return isBuilt;
      },
      {
        // Two that are started in the same moment wait for each other, mostly for less than this.
        onWait: (pid) => {
          waiting = sayLater(
            `Another command (process ${String(pid)}) is installing or building Roomkey; this one goes on when that is done …`,
          );
        },
      },
    );
  } finally {
    clearTimeout(waiting);
  }
}

/**
 * @param {import('./lock.js').Hold} hold
 * @returns {Step} what runs a step; it ends the process where somebody stopped the step
 */
function stepper(hold) {
  return async (runner, args) => {
    /** @type {Promise<void> | undefined} */
    let held;
    const code = await runner(args, {
      // What is said meanwhile goes to standard error: standard output is the started program's.
      stdio: ['ignore', 2, 2],
      onStart: (pid) => {
        // A step that outlives us, because we are killed, still keeps others out.
        held = hold(pid);
        // Where that cannot be written, we fail when the step is done: it would go on without us.
        held.catch(() => undefined);
      },
    });
    await held;
    if (wasStopped(code)) process.exit(code);
    return code;
  };
}

/**
 * @param {Step} step
 * @returns {Promise<boolean>} whether it could be built
 */
async function build(step) {
  const isFirst = !existsSync(join(root, 'hosts/cli/dist/main.js'));
  if (isFirst) console.error('Building Roomkey; this is done once, and may take a minute …');
  const building = isFirst ? undefined : sayLater('Building what has changed since last time …');
  try {
    const compiled = await step(runNode, ['node_modules/typescript/bin/tsc', '-b', '--pretty']);
    // The desktop's page: well under a second, so that nobody need find out whether it changed.
    const bundled = await step(runNode, [
      'node_modules/vite/bin/vite.js',
      ...['build', '--logLevel', 'warn', '--config', 'hosts/desktop/vite.config.ts'],
    ]);
    return compiled === 0 && bundled === 0;
  } finally {
    clearTimeout(building);
  }
}

/**
 * Says something where what is done meanwhile takes longer than a person expects.
 *
 * @param {string} text
 */
function sayLater(text) {
  return setTimeout(() => console.error(text), PATIENCE_MS);
}

/** @param {Step} step */
async function install(step) {
  const lockFile = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const wanted = createHash('sha256')
    .update([lockFile, process.platform, process.arch, process.versions.modules].join('\n'))
    .digest('hex');
  if (isInstalled(wanted, lockFile)) return;

  console.error('Installing the packages; this is done once …');
  rmSync(stamp, { force: true });
  // No package of ours needs its install script to run, and that of the OpenCV sources would build
  // OpenCV, which `npm run setup:opencv` does when a person wants it.
  // What npm warns of is the Node that Electron's installer asks for, and `setup:electron` says that.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await step(runNpm, ['ci', ...flags]);
  if (code !== 0) {
    console.error(
      'The packages could not be installed: npm says why above. This is the only step that needs ' +
        'the network; when it is back, run the same command again.',
    );
    process.exit(code);
  }
  writeFileSync(stamp, wanted);
}

/**
 * @param {string} wanted what the stamp must say
 * @param {string} lockFile
 */
function isInstalled(wanted, lockFile) {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) return false;
  /** @type {Record<string, { optional?: boolean }>} */
  const packages = JSON.parse(lockFile).packages;
  return Object.entries(packages).every(
    ([path, { optional }]) => optional === true || existsSync(join(root, path, 'package.json')),
  );
}
