import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { root, runNode, runNpm, wasStopped } from './run.js';

/** Written last, so that an interrupted installation is repeated. */
const stamp = join(root, 'node_modules', '.roomkey-installed');

/** The code that runs in pages is bundled. */
const bundled = ['hosts/desktop', 'plugins/audio-browser', 'plugins/camera-browser'];

/** How long a step runs before a notice explains the wait, ms. */
const NOTICE_DELAY_MS = 2_000;

/** @typedef {(runner: typeof runNode, args: readonly string[]) => Promise<number>} Step */

/**
 * Prepares the checkout: installs packages, builds the sources, restores a cached OpenCV addon.
 * Does each step only if needed. If the installation fails, it says so and ends the process.
 *
 * @returns {Promise<boolean>} whether the build succeeded
 */
export async function setUp() {
  /** @type {NodeJS.Timeout | undefined} */
  let waiting;
  try {
    return await withLock(
      join(root, '.cache', 'set-up-lock'),
      async (hold) => {
        clearTimeout(waiting);
        const step = createStepRunner(hold);
        await install(step);
        const isBuilt = await build(step);
        await step(runNode, ['scripts/setup-opencv.js', '--restore-only']);
        return isBuilt;
      },
      {
        // Two commands that start at the same moment mostly wait for less than the delay of this
        // notice.
        onWait: (pid) => {
          waiting = printLater(
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
 * @returns {Step} runs a step, and ends the process if the step was stopped by a signal
 */
function createStepRunner(hold) {
  return async (runner, args) => {
    /** @type {Promise<void> | undefined} */
    let held;
    const code = await runner(args, {
      // Output of setup goes to standard error: standard output belongs to the program that
      // follows.
      stdio: ['ignore', 2, 2],
      onStart: (pid) => {
        // A step that survives us, if we are killed, still holds the lock.
        held = hold(pid);
        // If this fails, we fail after the step: without us it would continue unsupervised.
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
 * @returns {Promise<boolean>} whether the build succeeded
 */
async function build(step) {
  const isFirst = !existsSync(join(root, 'hosts/cli/dist/main.js'));
  if (isFirst) console.error('Building Roomkey; this is done once, and may take a minute …');
  const building = isFirst ? undefined : printLater('Building what has changed since last time …');
  try {
    const compiled = await step(runNode, ['node_modules/typescript/bin/tsc', '-b', '--pretty']);
    // The bundles take well under a second each, so build them whether they changed or not.
    let isBundled = true;
    for (const folder of bundled) {
      const code = await step(runNode, [
        'node_modules/vite/bin/vite.js',
        ...['build', '--logLevel', 'warn', '--config', `${folder}/vite.config.ts`],
      ]);
      isBundled &&= code === 0;
    }
    return compiled === 0 && isBundled;
  } finally {
    clearTimeout(building);
  }
}

/**
 * Prints a notice if a step takes longer than a person expects.
 *
 * @param {string} text
 */
function printLater(text) {
  return setTimeout(() => console.error(text), NOTICE_DELAY_MS);
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
  // No package needs its install script, and that of the OpenCV sources would build OpenCV, which
  // `npm run setup:opencv` does on demand. npm's only warning is about the Node that Electron's
  // installer needs, which `setup:electron` reports.
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
 * @param {string} wanted the expected content of the stamp
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
