// `npm run setup:electron`: downloads Electron's binary, which `npm ci --ignore-scripts` does not.
// Without it the desktop app opens in a browser.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import tooOld from './check-node.cjs';
import { root, runNode, wasStopped } from './lib/run.js';

/** The output of the last download. */
const log = join(root, '.cache/electron/download.log');

/** @returns the folder of Electron's package; undefined if it is not installed */
function packageFolder() {
  try {
    const manifest = join(root, 'hosts/desktop/package.json');
    return dirname(createRequire(manifest).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}

/** @param {string} folder */
function hasBinary(folder) {
  const path = join(folder, 'path.txt');
  return existsSync(path) && existsSync(join(folder, 'dist', readFileSync(path, 'utf8').trim()));
}

/**
 * The message if this Node cannot run Electron's installer.
 *
 * @param {string} folder
 */
function nodeError(folder) {
  /** @type {{ engines: { node: string } }} */
  const { engines } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return tooOld('Electron’s installer', engines.node);
}

/**
 * Runs Electron's download script. Its output, with a stack trace if it fails, goes to the log.
 *
 * @param {string} folder
 */
async function download(folder) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'w');
  try {
    return await runNode([join(folder, 'install.js')], { stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

/** The message about a failed download. */
function reason() {
  const [, said] = /^\w*Error(?: \[\w+\])?: (.+)$/m.exec(readFileSync(log, 'utf8')) ?? [];
  const why = said === undefined ? '' : ` (${said})`;
  return `Electron could not be downloaded${why}: run this again where github.com can be reached, or set ELECTRON_GET_USE_PROXY=1 and HTTPS_PROXY for a proxy, or ELECTRON_MIRROR for another server.
The full output is in ${log}.`;
}

const folder = packageFolder();
if (folder === undefined) {
  console.error('Electron is not installed. Run `npm ci` without --omit=dev.');
  process.exitCode = 1;
} else if (!hasBinary(folder) && nodeError(folder) !== undefined) {
  console.error(nodeError(folder));
  console.error('Roomkey works without it: npm start opens the app in a browser.');
  process.exitCode = 1;
} else {
  if (!hasBinary(folder)) {
    console.log('Downloading Electron, about 100 MB; this is done once …');
  }
  const code = await download(folder);
  if (hasBinary(folder)) {
    console.log('Electron is installed: npm start opens the app in it.');
  } else if (wasStopped(code)) {
    process.exitCode = code;
  } else {
    console.error(reason());
    console.error('Roomkey works without it: npm start opens the app in a browser.');
    process.exitCode = 1;
  }
}
