// `npm run pack:desktop`: packs the desktop app for this system. A folder of its own locks the
// packer and its dependencies; the checksums in Electron's package verify Electron.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tooOld from './check-node.cjs';
import { root, runNode, runNpm } from './lib/run.js';

const folder = join(root, 'hosts/desktop/packing');

/** @type {{ engines: { node: string } }} */
const { engines } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const sentence = tooOld('The packer', engines.node);
if (sentence === undefined) {
  process.exitCode = await runInOrder(
    () => runNode(['scripts/setup-electron.js']),
    () => runNpm(['run', 'build']),
    () => runNpm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder }),
    () =>
      runNode([
        join(folder, 'node_modules/electron-builder/cli.js'),
        '--projectDir=hosts/desktop',
        '--config=electron-builder.json',
        '--publish=never',
        ...process.argv.slice(2),
      ]),
  );
} else {
  console.error(sentence);
  process.exitCode = 1;
}

/**
 * Runs the steps one after another, until one fails.
 *
 * @param {readonly (() => Promise<number>)[]} steps
 * @returns {Promise<number>} the exit code of the last
 */
async function runInOrder(...steps) {
  for (const step of steps) {
    const code = await step();
    if (code !== 0) return code;
  }
  return 0;
}
