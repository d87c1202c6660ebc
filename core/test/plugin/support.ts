import { join } from 'node:path';
import {
  normalizeChoice,
  readConfig,
  type LoadedConfig,
  type ServiceChoice,
  type ServiceKind,
} from '../../src/config/index.js';
import type { LogFields, Logger } from '../../src/contracts/logger.js';
import type { PageModules } from '../../src/contracts/page.js';
import { PluginServices } from '../../src/plugin/plugin-services.js';
import { put, temporaryFolder } from '../config/support.js';

/** The journal in which a test's plugins record their calls. */
const JOURNAL = 'roomkey test journal';
const journals = globalThis as unknown as Record<string, string[]>;

/**
 * The source of a plugin as a third party would write it. It imports nothing of ours, so Roomkey
 * can recognize it only by the brand and Standard Schema.
 */
export function pluginSource(options: {
  name: string;
  provides?: string;
  apiVersion?: string;
  requires?: readonly string[];
  /** Statements; `said(…)` writes to the journal. Each can use `context` and `config`. */
  validate?: string;
  probe?: string;
  create?: string;
  top?: string;
}): string {
  const { name, provides = 'storage', apiVersion = '1.0', requires, create = '' } = options;
  return `
    const said = (line) => { (globalThis['${JOURNAL}'] ??= []).push('${name} ' + line); };
    ${options.top ?? ''}
    export default {
      [Symbol.for('roomkey.plugin')]: true,
      name: '${name}',
      apiVersion: '${apiVersion}',
      provides: { kind: '${provides}' },
      ${requires === undefined ? '' : `requires: ${JSON.stringify(requires.map((kind) => ({ kind })))},`}
      configSchema: { '~standard': { version: 1, vendor: 'test', validate: (value) => {
        ${options.validate ?? ''}
        return { value };
      } } },
      ${options.probe === undefined ? '' : `probe: async (context, config) => { ${options.probe} },`}
      create: async (context, config) => { ${create}; return { made: '${name}', config, context }; },
    };
  `;
}

/** An error of a second copy of core. */
export const foreignError = (code: string, message: string): string =>
  `throw Object.assign(new Error('${message}'), { name: 'RoomkeyError', code: '${code}' });`;

/** The service created by a test plugin. */
export interface Made {
  readonly made: string;
  readonly config: Record<string, unknown>;
  readonly context: { readonly signal: AbortSignal; use(token: { kind: string }): unknown };
}

/** A folder for plugins, and services over them. */
export async function setupPlugins() {
  const folder = await temporaryFolder();
  const lines: string[] = [];
  journals[JOURNAL] = lines;
  const logged: { level: string; message: string; fields: LogFields | undefined }[] = [];
  const level = (name: string) => (message: string, fields?: LogFields) => {
    logged.push({ level: name, message, fields });
  };
  const logger: Logger = {
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  };
  const defaults = await readConfig({ workingDirectory: folder, environment: {} });
  const config = (
    services: Partial<Record<ServiceKind, ServiceChoice>>,
    environment: LoadedConfig['environment'] = {},
  ): LoadedConfig => {
    const entries = Object.entries(services).map(([kind, choice]) => [
      kind,
      normalizeChoice(choice),
    ]);
    const chosen = Object.fromEntries(entries) as Partial<LoadedConfig['services']>;
    return {
      ...defaults,
      file: join(folder, 'roomkey.config.json'),
      services: { ...defaults.services, ...chosen },
      environment,
      folders: { config: folder, data: folder, base: folder },
    };
  };
  return {
    folder,
    lines,
    logged,
    logger,
    config,
    fileOf: (name: string) => join(folder, `${name}.mjs`),
    /** Writes a plugin to `./NAME.mjs`, or to `file`. */
    plugin: (options: Parameters<typeof pluginSource>[0], file = `${options.name}.mjs`) =>
      put(join(folder, file), pluginSource(options)),
    services: (
      services: Partial<Record<ServiceKind, ServiceChoice>>,
      options: {
        environment?: LoadedConfig['environment'];
        signal?: AbortSignal;
        page?: PageModules;
      } = {},
    ) =>
      new PluginServices({
        config: config(services, options.environment),
        hostFolder: join(folder, 'host'),
        logger,
        page: options.page,
        signal: options.signal,
      }),
  };
}
