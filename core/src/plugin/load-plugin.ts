import { pathToFileURL } from 'node:url';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { formatPath } from '../config/issues.js';
import type { LoadedConfig } from '../config/read-config.js';
import { RoomkeyError } from '../errors/index.js';
import { PLUGIN_API_VERSION, pluginBrand, type Plugin } from './define-plugin.js';
import { resolvePlugin } from './resolve-plugin.js';
import { runStep } from './run-step.js';

/** A loaded and validated plugin; none of its functions has run. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  readonly file: string;
  /** Whether it belongs to the host's installation. */
  readonly isOwn: boolean;
  readonly version?: string;
}

/** Options of `loadPlugin`. */
export interface LoadOptions {
  readonly config: LoadedConfig;
  /** The host's own folder. */
  readonly hostFolder: string;
  readonly controller: AbortController;
}

/**
 * Loads the plugin named by `use` and checks its brand, kind and API version.
 *
 * @throws RoomkeyError `RK_PLUGIN_NOT_FOUND`, `RK_PLUGIN_INVALID`, `RK_PLUGIN_API`,
 * `RK_PLUGIN_TIMEOUT`, `RK_FILE_UNTRUSTED` if another user could have written its code,
 * `RK_PLUGIN_FAILED` if its code throws on load
 */
export async function loadPlugin(
  use: string,
  kind: string,
  { config, hostFolder, controller }: LoadOptions,
): Promise<LoadedPlugin> {
  const { plugin: exported, ...found } = await runStep(
    { plugin: use, step: 'load', controller },
    async () => {
      const resolved = resolvePlugin(use, {
        base: config.folders.base,
        hasFile: config.file !== undefined,
        host: hostFolder,
      });
      // The host's installation is already running, so its owner does not matter.
      if (!resolved.isOwn) await config.trust.checkCode(resolved.file, resolved.folder);
      const url = pathToFileURL(resolved.file).href;
      const module = (await import(/* @vite-ignore */ url)) as { default?: unknown };
      const { file, isOwn, version } = resolved;
      return { file, isOwn, ...(version !== undefined && { version }), plugin: module.default };
    },
  );
  const plugin = checkPlugin(exported, use);
  checkApiVersion(plugin, use);
  if (plugin.provides.kind !== kind) {
    throw new RoomkeyError(
      'RK_PLUGIN_INVALID',
      `${use} provides "${plugin.provides.kind}", and services.${kind} needs a plugin that provides "${kind}".`,
      { plugin: use },
    );
  }
  return { plugin, ...found };
}

function checkPlugin(value: unknown, use: string): Plugin {
  // Third-party values may have any shape, whatever the type says.
  const plugin = (value ?? {}) as Partial<Plugin>;
  const { name, apiVersion, provides, requires, configSchema, probe, create } = plugin;
  const standard = (configSchema as { '~standard'?: { validate?: unknown } } | undefined)?.[
    '~standard'
  ];
  const isGood =
    plugin[pluginBrand] === true &&
    typeof name === 'string' &&
    typeof apiVersion === 'string' &&
    typeof provides?.kind === 'string' &&
    (requires === undefined || Array.isArray(requires)) &&
    typeof standard?.validate === 'function' &&
    (probe === undefined || typeof probe === 'function') &&
    typeof create === 'function';
  if (isGood) return plugin as Plugin;
  throw new RoomkeyError(
    'RK_PLUGIN_INVALID',
    `${use} is not a Roomkey plugin: its default export must be what definePlugin() returns.`,
    { plugin: use },
  );
}

function checkApiVersion(plugin: Plugin, use: string): void {
  const ours = versionParts(PLUGIN_API_VERSION);
  const theirs = versionParts(plugin.apiVersion);
  if (theirs !== undefined && theirs[0] === ours?.[0] && theirs[1] <= ours[1]) return;
  const newer = theirs !== undefined && ours !== undefined && isNewer(theirs, ours);
  throw new RoomkeyError(
    'RK_PLUGIN_API',
    `${use} was written for plugin API ${plugin.apiVersion}; this Roomkey offers ${PLUGIN_API_VERSION}. Update ${newer ? 'Roomkey' : 'the plugin'}.`,
    { plugin: use },
  );
}

function versionParts(version: string): readonly [number, number] | undefined {
  const match = /^(\d+)\.(\d+)$/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

function isNewer(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}

/**
 * Validates a configuration with the plugin's schema.
 *
 * @throws RoomkeyError `RK_CONFIG_INVALID` with plugin and path
 */
export async function validateConfig(
  plugin: Plugin,
  config: unknown,
  controller: AbortController,
): Promise<unknown> {
  const result = await runStep<StandardSchemaV1.Result<unknown>>(
    { plugin: plugin.name, step: 'validate', controller },
    () => plugin.configSchema['~standard'].validate(config),
  );
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ path = [], message }) => {
    const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
    return `${keys.length === 0 ? '' : `${formatPath(keys)}: `}${message}`;
  });
  throw new RoomkeyError(
    'RK_CONFIG_INVALID',
    `The configuration of ${plugin.name} is invalid: ${issues.join('\n  ')}`,
    { plugin: plugin.name },
  );
}
