// Downloads Electron's binary, which `npm ci --ignore-scripts` leaves out: `npm run setup:electron`.
// Without it the desktop app opens in a browser's window.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root, runNode, wasStopped } from './lib/run.js';

/** Electron's package, where it is installed. */
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

const folder = packageFolder();
if (folder === undefined) {
  console.error('Electron is not installed. Run `npm ci` without --omit=optional.');
  process.exitCode = 1;
} else {
  const code = await runNode([join(folder, 'install.js')]);
  if (hasBinary(folder)) {
    console.log('Electron is there: npm start opens the app in it.');
  } else if (wasStopped(code)) {
    process.exitCode = code;
  } else {
    console.error(
      process.env['ELECTRON_SKIP_BINARY_DOWNLOAD']
        ? 'Nothing was downloaded, since ELECTRON_SKIP_BINARY_DOWNLOAD is set.'
        : `Electron could not be downloaded; why is said above. It comes from github.com: behind a proxy set ELECTRON_GET_USE_PROXY=1 and HTTPS_PROXY, and for another server ELECTRON_MIRROR.`,
    );
    console.error('Roomkey works without it: npm start opens the app in a browser.');
    process.exitCode = 1;
  }
}
