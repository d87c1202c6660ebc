import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import { closestName } from '../util/closest-name.js';
import { decodeText } from '../util/text.js';

/** Where plugins are searched for. */
export interface PluginPlaces {
  /** Base of relative paths. */
  readonly base: string;
  /** Whether `base` has a configuration file, so that packages beside it count. */
  readonly hasFile: boolean;
  /** The host's own folder. */
  readonly host: string;
}

/** Location of a plugin's code. */
export interface ResolvedPlugin {
  /** The module to import. */
  readonly file: string;
  /** The package's folder; absent if the configuration names a file. */
  readonly folder?: string;
  /**
   * Whether it belongs to the host's installation, rather than being chosen by the configuration.
   */
  readonly isOwn: boolean;
  /** The version in its `package.json`. */
  readonly version?: string;
}

interface Manifest {
  readonly version?: string;
  readonly exports?: unknown;
}

// The conditions of `import` (Node's "Conditional exports"); core's `roomkey-source` is not for
// plugins.
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'default']);

/**
 * Resolves the configuration's `use`: a path or a package. Not with Node's own resolution, which
 * searches every parent folder, NODE_PATH and folders in the home folder, where someone else may
 * have put a package of that name.
 *
 * Our own packages come from the host's installation, if it has them; all others only from the
 * `node_modules` beside the configuration file.
 *
 * @throws RoomkeyError `RK_PLUGIN_NOT_FOUND`
 */
export function resolvePlugin(use: string, places: PluginPlaces): ResolvedPlugin {
  const isPath = /^\.\.?[/\\]/.test(use) || isAbsolute(use);
  if (isPath) {
    const path = resolve(places.base, use);
    const file = entryOf(path);
    if (file !== undefined) {
      const folder = file === path ? {} : { folder: path };
      return { file, isOwn: false, ...folder, ...versionOf(file) };
    }
    throw notFound(use, `from ${places.base}`, 'Check the path in the configuration.');
  }
  for (const { folder: modules, isOwn } of modulesFor(use, places)) {
    const folder = join(modules, use);
    const file = entryOf(folder);
    if (file !== undefined) return { file, isOwn, folder, ...versionOf(file) };
  }
  const meant = closestName(use, siblings(use, places));
  if (meant !== undefined) throw notFound(use, `from ${places.base}`, `Did you mean ${meant}?`);
  throw places.hasFile
    ? notFound(
        use,
        `in ${join(places.base, 'node_modules')}`,
        `Install it in ${places.base} with: npm install ${use}.`,
      )
    : notFound(
        use,
        'in this installation of Roomkey',
        'To use a package of your own, write a configuration file (roomkey config init) and install the package beside it.',
      );
}

function notFound(use: string, where: string, advice: string): RoomkeyError {
  return new RoomkeyError(
    'RK_PLUGIN_NOT_FOUND',
    `The plugin ${use} was not found ${where}. ${advice}`,
    { plugin: use },
  );
}

/** The `node_modules` folders that may contain a package of this name, in order. */
function modulesFor(name: string, { base, hasFile, host }: PluginPlaces) {
  const own = name.startsWith('@roomkey/') ? hostModules(host) : [];
  return [
    ...own.map((folder) => ({ folder, isOwn: true })),
    ...(hasFile ? [{ folder: join(base, 'node_modules'), isOwn: false }] : []),
  ];
}

/**
 * The host's `node_modules` folders, from its own up to the one with core, which the host imports.
 * Folders further up do not belong to its installation.
 */
function hostModules(host: string): string[] {
  const found: string[] = [];
  for (let folder = host; ; folder = dirname(folder)) {
    const modules = basename(folder) === 'node_modules' ? folder : join(folder, 'node_modules');
    found.push(modules);
    if (existsSync(join(modules, '@roomkey', 'core'))) return found;
    if (folder === dirname(folder)) return [join(host, 'node_modules')];
  }
}

/** Installed packages of the same scope, such as `@roomkey`. */
function siblings(name: string, places: PluginPlaces): string[] {
  const [scope = '', rest] = name.split('/');
  if (!scope.startsWith('@') || rest === undefined) return [];
  return modulesFor(name, places)
    .map(({ folder }) => join(folder, scope))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((entry) => `${scope}/${entry}`));
}

function entryOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  if (!statSync(path).isDirectory()) return path;
  const target = exportsTarget(manifestIn(path)?.exports);
  if (target !== undefined) return join(path, target);
  try {
    return createRequire(join(path, 'from-here.js')).resolve(path);
  } catch {
    // A folder without an importable module.
    return undefined;
  }
}

/** The main entry of a package's `exports`. */
function exportsTarget(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  if (Array.isArray(exports))
    return exports.map(exportsTarget).find((target) => target !== undefined);
  if (typeof exports !== 'object' || exports === null) return undefined;
  for (const [key, value] of Object.entries(exports)) {
    if (key !== '.' && !CONDITIONS.has(key)) continue;
    const target = exportsTarget(value);
    if (target !== undefined) return target;
  }
  return undefined;
}

function versionOf(file: string): { version?: string } {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const version = manifestIn(folder)?.version;
    if (version !== undefined) return { version };
    if (folder === dirname(folder)) return {};
  }
}

function manifestIn(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(decodeText(readFileSync(file))) as Manifest) : undefined;
}
