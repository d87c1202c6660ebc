// `npm run setup:opencv`: builds the OpenCV addon of the camera plugin. The result stays in .cache,
// where it survives `npm ci`. With --restore-only this only copies a cached addon back.
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, freemem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { withLock } from './lib/lock.js';
import {
  addonPackage,
  cacheFolder,
  cachedAddon,
  findOpenCv,
  installAddon,
  modules,
  openCvLibraries,
  restoreOpenCv,
} from './lib/opencv.js';
import { runNode, wasStopped } from './lib/run.js';

/** Memory to compile one of the addon's files, in bytes. */
const MEMORY_PER_JOB = 1.2e9;

/** A failure that a person can fix; the message says how. */
class SetUpError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function setUp() {
  const packageFolder = addonPackage();
  if (packageFolder === undefined) {
    throw new SetUpError('@u4/opencv4nodejs is not installed. Run `npm ci` without --omit=dev.');
  }
  const openCv = findOpenCv();
  if (openCv === undefined) throw new SetUpError(howToInstall());
  console.log(`OpenCV ${openCv.version}: ${openCv.includeDir}, ${openCv.libDir}`);

  const addon = cachedAddon(packageFolder, openCv);
  await withLock(
    join(cacheFolder, 'lock'),
    async (hold) => {
      if (existsSync(addon)) console.log('Already built: taken from .cache.');
      else await build(packageFolder, openCv, addon, hold);
    },
    { onWait: (pid) => console.log(`Another process (${pid}) is building it; waiting …`) },
  );
  await verify(installAddon(addon, packageFolder));
  console.log('The OpenCV camera is ready.');
}

/**
 * @param {string} packageFolder
 * @param {import('./lib/opencv.js').OpenCv} openCv
 * @param {string} addon path of the result
 * @param {import('./lib/lock.js').Hold} hold
 */
async function build(packageFolder, openCv, addon, hold) {
  const jobs = Math.max(
    1,
    Math.min(availableParallelism(), Math.floor(freemem() / MEMORY_PER_JOB)),
  );
  console.log(`Building the addon with ${jobs} job(s); this takes a few minutes …`);
  // Remains of a killed run: the lock shows that no other run is alive.
  for (const name of readdirSync(cacheFolder)) {
    if (name.startsWith('build-'))
      rmSync(join(cacheFolder, name), { recursive: true, force: true });
  }
  const folder = join(cacheFolder, `build-${process.pid}`);
  mkdirSync(join(folder, 'only/opencv2'), { recursive: true });
  try {
    cpSync(join(packageFolder, 'cc'), join(folder, 'cc'), { recursive: true });
    // This header lists the modules of OpenCV. Ours lists those that a camera needs, which shortens
    // the build to a fraction and needs fewer libraries.
    const defines = modules.map((name) => `#define HAVE_OPENCV_${name.toUpperCase()}\n`);
    writeFileSync(join(folder, 'only/opencv2/opencv_modules.hpp'), defines.join(''));
    const requireOfAddon = createRequire(join(packageFolder, 'package.json'));
    const nan = dirname(requireOfAddon.resolve('nan'));
    const gyp = requireOfAddon.resolve('node-gyp/bin/node-gyp.js');
    writeFileSync(join(folder, 'binding.gyp'), JSON.stringify(bindingGyp(folder, openCv, nan)));

    const log = join(cacheFolder, 'build.log');
    const args = [gyp, 'rebuild', '--release', '--jobs', String(jobs), ...nodeHeaders()];
    const output = openSync(log, 'w');
    /** @type {Promise<void> | undefined} */
    let held;
    const code = await runNode(args, {
      cwd: folder,
      stdio: ['ignore', output, output],
      onStart: (pid) => (held = hold(pid)),
    });
    await held;
    closeSync(output);
    if (wasStopped(code)) throw new SetUpError('Stopped; nothing was kept.', code);
    if (code !== 0) {
      const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
      console.error(lines.slice(-30).join('\n'));
      throw new SetUpError(
        `The addon could not be built; the full output is in ${log}. It needs a C++ compiler, make and Python 3 (Debian, Ubuntu: sudo apt install build-essential python3; macOS: xcode-select --install; Windows: Visual Studio with “Desktop development with C++”).`,
        code,
      );
    }
    const built = join(folder, 'build/Release/opencv4nodejs.node');
    await verify(built);
    mkdirSync(dirname(addon), { recursive: true });
    renameSync(built, addon);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Replaces the package's own gyp file, which needs all of OpenCV and a script that is not in the
 * package.
 *
 * @param {string} folder
 * @param {import('./lib/opencv.js').OpenCv} openCv
 * @param {string} nan
 */
function bindingGyp(folder, openCv, nan) {
  const sources = ['', 'core', 'imgproc', 'io', 'highgui'].flatMap((part) =>
    readdirSync(join(folder, 'cc', part))
      .filter((name) => name.endsWith('.cc'))
      .map((name) => ['cc', part, name].filter(Boolean).join('/')),
  );
  return {
    targets: [
      {
        target_name: 'opencv4nodejs',
        sources,
        include_dirs: ['only', openCv.includeDir, 'cc', 'cc/core', 'cc/native-node-utils', nan],
        libraries: openCvLibraries(openCv.libDir),
        'cflags_cc!': ['-fno-exceptions', '-fno-rtti'],
        cflags_cc: ['-w'],
        xcode_settings: { GCC_ENABLE_CPP_EXCEPTIONS: 'YES', GCC_ENABLE_CPP_RTTI: 'YES' },
        conditions: [
          [
            'OS=="win"',
            {
              defines: ['WIN', '_HAS_EXCEPTIONS=1'],
              msvs_settings: { VCCLCompilerTool: { ExceptionHandling: '2', RuntimeLibrary: '2' } },
            },
          ],
        ],
      },
    ],
  };
}

/**
 * Options for node-gyp to use the headers of this Node, if installed, instead of downloading them.
 */
function nodeHeaders() {
  const prefix = resolve(dirname(process.execPath), '..');
  const header = join(prefix, 'include/node/node_version.h');
  if (!existsSync(header)) return [];
  const text = readFileSync(header, 'utf8');
  const version = ['MAJOR', 'MINOR', 'PATCH']
    .map((part) => new RegExp(`#define NODE_${part}_VERSION\\s+(\\d+)`).exec(text)?.[1])
    .join('.');
  return version === process.versions.node ? ['--nodedir', prefix] : [];
}

/**
 * Loads the addon in another process, because a broken one may crash, and encodes a picture.
 *
 * @param {string} addon
 */
async function verify(addon) {
  const check = `
    const cv = require(${JSON.stringify(addon)});
    const jpeg = cv.imencode('.jpg', new cv.Mat(16, 16, cv.CV_8UC3, [0, 128, 255]));
    if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8 || !cv.VideoCapture) process.exit(9);`;
  const code = await runNode(['-e', check]);
  if (code !== 0) {
    throw new SetUpError(
      `The addon was built but does not work (${addon}). Remove the folder .cache/opencv4nodejs and run this again.`,
      code,
    );
  }
}

function howToInstall() {
  return `OpenCV 4 with its headers was not found. Install it, then run \`npm run setup:opencv\` again:
  Debian, Ubuntu   sudo apt install libopencv-dev
  Fedora           sudo dnf install opencv-devel
  macOS            brew install opencv@4
  Windows          choco install opencv
If it is installed elsewhere, set OPENCV_INCLUDE_DIR (the folder that holds opencv2) and OPENCV_LIB_DIR; on Windows also OPENCV_BIN_DIR (the folder of the DLLs).`;
}

if (process.argv.includes('--restore-only')) {
  restoreOpenCv();
} else {
  try {
    await setUp();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(error.message);
    process.exitCode = error.exitCode;
  }
}
