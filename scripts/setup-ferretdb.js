// `npm run setup:ferretdb`: builds FerretDB, a server that speaks MongoDB's protocol, for the
// tests. It needs Go and, for the sources, the network. The result stays in .cache.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, executable, ferretdb } from './lib/ferretdb.js';
import { withLock } from './lib/lock.js';
import { root } from './lib/run.js';

/** A failure that a person can fix; the message says how. */
class SetUpError extends Error {}

// Build with the installed Go, without settings of its user that change the build.
const environment = {
  ...process.env,
  GOTOOLCHAIN: 'local',
  GOFLAGS: '',
  GOWORK: 'off',
  CGO_ENABLED: '0',
};

function build() {
  const folder = join(cacheFolder, `build-${process.pid}`);
  // Remains of a killed run: the lock shows that no other run is alive.
  for (const name of readdirSync(cacheFolder)) {
    if (name.startsWith('build-')) remove(join(cacheFolder, name));
  }
  try {
    cpSync(download(), folder, { recursive: true });
    // Files of the module cache are read-only.
    makeWritable(folder);
    // Its release process writes this file; without it the program refuses to start.
    writeFileSync(join(folder, 'build/version/version.txt'), `${ferretdb.version}\n`);
    const built = join(folder, 'built');
    console.log('Building FerretDB; this takes two minutes …');
    go(
      ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-o', built, './cmd/ferretdb'],
      folder,
    );
    mkdirSync(dirname(executable), { recursive: true });
    renameSync(built, executable);
  } finally {
    remove(folder);
  }
}

/** @returns {string} the folder of the checked sources */
function download() {
  const module = `${ferretdb.path}@${ferretdb.version}`;
  const { Dir: folder, Sum: sum } = JSON.parse(go(['mod', 'download', '-json', module], root));
  if (sum !== ferretdb.sum) {
    throw new SetUpError(`The sources of ${module} do not match the pinned checksum: ${sum}.`);
  }
  return folder;
}

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function go(args, cwd) {
  try {
    return execFileSync('go', args, {
      cwd,
      env: environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  } catch (error) {
    throw new SetUpError(
      /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT'
        ? 'Go was not found. Install Go 1.24 or later (https://go.dev/dl), then run this again.'
        : `\`go ${args[0]}\` failed; its output is above. FerretDB needs Go 1.24 or later.`,
    );
  }
}

/** @param {string} folder */
function makeWritable(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeWritable(path);
    else chmodSync(path, 0o644);
  }
}

/** @param {string} folder */
function remove(folder) {
  rmSync(folder, { recursive: true, force: true });
}

try {
  await withLock(
    join(cacheFolder, 'lock'),
    () => {
      if (existsSync(executable)) console.log('Already built: taken from .cache.');
      else build();
      // Prove that it starts.
      console.log(
        `FerretDB ${execFileSync(executable, ['--version'], { encoding: 'utf8' }).split('\n')[0]}`,
      );
    },
    { onWait: (pid) => console.log(`Another process (${pid}) is building it; waiting …`) },
  );
} catch (error) {
  if (!(error instanceof SetUpError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
