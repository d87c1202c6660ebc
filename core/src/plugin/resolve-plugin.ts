import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import { closest } from '../util/closest.js';

/** Where a plugin's code is. */
export interface ResolvedPlugin {
  /** The module to import. */
  readonly file: string;
  /** The version in its `package.json`. */
  readonly version?: string;
}

interface Manifest {
  readonly version?: string;
  readonly exports?: unknown;
}

// What `import` would take (Node's "Conditional exports"); core's own sources are not for plugins.
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'default']);

/**
 * Finds what the configuration's `use` names: a path from the first folder, or a package that one of
 * the folders can import. By hand, since `require.resolve` refuses packages that are ES modules
 * only, and `import.meta.resolve` cannot start from another folder.
 *
 * @param folders the configuration file's folder, then the host's own, so that the default plugins
 * are found from everywhere
 * @throws RoomkeyError `RK_PLUGIN_NOT_FOUND`
 */
export function resolvePlugin(use: string, folders: readonly string[]): ResolvedPlugin {
  const [base = '.'] = folders;
  const isPath = /^\.\.?[/\\]/.test(use) || isAbsolute(use);
  for (const folder of isPath ? [resolve(base, use)] : packageFolders(use, folders)) {
    const file = entryOf(folder);
    if (file !== undefined) return { file, ...versionOf(file) };
  }
  const meant = isPath ? undefined : closest(use, neighbours(use, folders));
  const advice = isPath
    ? 'Check the path in the configuration.'
    : meant === undefined
      ? `Install it there with: npm install ${use}.`
      : `Did you mean ${meant}?`;
  throw new RoomkeyError(
    'RK_PLUGIN_NOT_FOUND',
    `The plugin ${use} was not found from ${base}. ${advice}`,
    { plugin: use },
  );
}

function packageFolders(name: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const paths = createRequire(join(folder, 'from-here.js')).resolve.paths(name) ?? [];
    return paths.map((path) => join(path, name)).filter((path) => existsSync(path));
  });
}

/** The packages of the same scope, such as `@roomkey`, that are there. */
function neighbours(name: string, folders: readonly string[]): string[] {
  const [scope = '', rest] = name.split('/');
  if (!scope.startsWith('@') || rest === undefined) return [];
  return packageFolders(scope, folders).flatMap((folder) =>
    readdirSync(folder).map((entry) => `${scope}/${entry}`),
  );
}

function entryOf(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  if (!statSync(path).isDirectory()) return path;
  const target = exportsTarget(manifestIn(path)?.exports);
  if (target !== undefined) return join(path, target);
  try {
    return createRequire(join(path, 'from-here.js')).resolve(path);
  } catch {
    // A folder with nothing in it that could be imported.
    return undefined;
  }
}

/** What a package's `exports` gives for the package itself. */
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
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined;
}
