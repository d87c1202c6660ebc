// Shared by the setup of OpenCV and the launch scripts: finding OpenCV, and the cache in which the
// built addon survives `npm ci`.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { root } from './run.js';

const require = createRequire(join(root, 'plugins/camera-opencv/package.json'));

/** The folder of built addons. */
export const cacheFolder = join(root, '.cache/opencv4nodejs');

/**
 * @typedef {object} OpenCv
 * @property {string} version such as `4.6.0`
 * @property {string} includeDir the folder that holds `opencv2/`
 * @property {string} libDir the folder of the libraries
 */

/**
 * Finds OpenCV's headers and libraries: in the folders that the environment names, or else in the
 * usual places.
 *
 * @returns {OpenCv | undefined}
 */
export function findOpenCv() {
  const { OPENCV_INCLUDE_DIR: includeDir, OPENCV_LIB_DIR: libDir } = process.env;
  const places =
    includeDir !== undefined && libDir !== undefined
      ? [{ includeDir, libDir }]
      : [...standardPlaces(), ...placesOfPkgConfig()];
  for (const place of places) {
    const version = openCvVersion(place.includeDir);
    if (version !== undefined && openCvLibraries(place.libDir).length > 0) {
      return { version, ...place };
    }
  }
  return undefined;
}

/** The OpenCV modules that a camera needs; the addon is built with these only. */
export const modules = ['core', 'imgproc', 'imgcodecs', 'videoio', 'highgui'];

/**
 * The linker's arguments; empty if a library is missing.
 *
 * @param {string} libDir
 * @returns {string[]}
 */
export function openCvLibraries(libDir) {
  const names = existsSync(libDir) ? readdirSync(libDir) : [];
  if (process.platform !== 'win32') {
    const extension = process.platform === 'darwin' ? 'dylib' : 'so';
    return modules.every((name) => names.includes(`libopencv_${name}.${extension}`))
      ? [`-L${libDir}`, ...modules.map((name) => `-lopencv_${name}`), `-Wl,-rpath,${libDir}`]
      : [];
  }
  // Windows: one library for all modules, or one for each; a `d` at the end is the debug build.
  /** @param {string} module */
  const library = (module) =>
    names.filter((file) => new RegExp(`^opencv_${module}\\d+\\.lib$`).test(file)).slice(0, 1);
  const world = library('world');
  const found = world.length > 0 ? world : modules.flatMap(library);
  return world.length > 0 || found.length === modules.length
    ? found.map((file) => join(libDir, file))
    : [];
}

/** @returns {{ includeDir: string, libDir: string }[]} */
function standardPlaces() {
  const multiarch = { x64: 'x86_64', arm64: 'aarch64', arm: 'arm' }[String(process.arch)];
  const abi = process.arch === 'arm' ? 'gnueabihf' : 'gnu';
  return ['/usr', '/usr/local', '/opt/homebrew'].flatMap((prefix) =>
    [`lib/${multiarch}-linux-${abi}`, 'lib64', 'lib'].map((lib) => ({
      includeDir: join(prefix, 'include/opencv4'),
      libDir: join(prefix, lib),
    })),
  );
}

/** @returns {{ includeDir: string, libDir: string }[]} */
function placesOfPkgConfig() {
  /** @param {string} option */
  const ask = (option) =>
    execFileSync('pkg-config', [option, 'opencv4'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    const includeDirs = ask('--cflags-only-I').split(/\s+/);
    const libDir = ask('--variable=libdir');
    return includeDirs.map((flag) => ({ includeDir: flag.replace(/^-I/, ''), libDir }));
  } catch {
    // No pkg-config, or it does not know OpenCV: only the other places are left.
    return [];
  }
}

/**
 * @param {string} includeDir
 * @returns {string | undefined}
 */
function openCvVersion(includeDir) {
  const header = join(includeDir, 'opencv2/core/version.hpp');
  if (!existsSync(header)) return undefined;
  const text = readFileSync(header, 'utf8');
  return ['MAJOR', 'MINOR', 'REVISION']
    .map((part) => new RegExp(`#define CV_VERSION_${part}\\s+(\\d+)`).exec(text)?.[1] ?? '?')
    .join('.');
}

/**
 * The folder of the npm package that holds the addon's sources.
 *
 * @returns {string | undefined} undefined if npm did not install it
 */
export function addonPackage() {
  try {
    return resolve(dirname(require.resolve('@u4/opencv4nodejs')), '../..');
  } catch {
    return undefined;
  }
}

/**
 * The cache path of the addon for this package, OpenCV, platform and Node.
 *
 * @param {string} packageFolder
 * @param {OpenCv} openCv
 * @returns {string}
 */
export function cachedAddon(packageFolder, openCv) {
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const { platform, arch, versions } = process;
  const name = `${version}-opencv${openCv.version}-${platform}-${arch}-abi${versions.modules}`;
  return join(cacheFolder, name, 'opencv4nodejs.node');
}

/**
 * Copies the addon to where the package loads it, atomically.
 *
 * @param {string} addon
 * @param {string} packageFolder
 * @returns {string} its new path
 */
export function installAddon(addon, packageFolder) {
  const target = join(packageFolder, 'build/Release/opencv4nodejs.node');
  if (existsSync(target) && readFileSync(target).equals(readFileSync(addon))) return target;
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  copyFileSync(addon, temporary);
  renameSync(temporary, target);
  return target;
}

/**
 * Copies the addon back from the cache, for example after `npm ci`.
 *
 * @returns {boolean} whether there was one
 */
export function restoreOpenCv() {
  const packageFolder = addonPackage();
  const openCv = findOpenCv();
  if (packageFolder === undefined || openCv === undefined) return false;
  const addon = cachedAddon(packageFolder, openCv);
  if (!existsSync(addon)) return false;
  installAddon(addon, packageFolder);
  return true;
}
