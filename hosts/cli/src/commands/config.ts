import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DescribedPlugin, ListedPlugin, LoadedConfig } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';

const SCHEMA_FILE = 'roomkey.schema.json';

export function defineConfig(program: Command, run: Run): void {
  const config = program.command('config').description('write, check and show the configuration');
  config
    .command('init')
    .description('write a configuration with the defaults, and its schema for editors')
    .option('--force', 'overwrite an existing configuration')
    .action(run(init));
  config.command('check').description('check the configuration file').action(run(check));
  config
    .command('schema')
    .description('print the JSON Schema of the configuration')
    .action(run(schema));
  config
    .command('show')
    .description('print the configuration in use, without the values of variables')
    .action(run(show));
}

async function init(context: CommandContext, options: { readonly force?: true }): Promise<void> {
  const { CONFIG_FILE, defaultServices, RoomkeyError } = await import('@roomkey/core/host');
  const file = resolve(context.configPath ?? CONFIG_FILE);
  const config = { $schema: `./${SCHEMA_FILE}`, version: 1, services: defaultServices };
  const flag = options.force === true ? 'w' : 'wx';
  try {
    await writeFile(file, pretty(config), { flag, mode: 0o600 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST') {
      const { unwritable } = await import('../unwritable.js');
      throw unwritable('configuration', file, '--config', cause);
    }
    throw new RoomkeyError(
      'RK_CONFIG_EXISTS',
      `${file} already exists. Edit it, or overwrite it with: roomkey config init --force.`,
      { cause },
    );
  }
  const schemaFile = join(dirname(file), SCHEMA_FILE);
  await writeFile(schemaFile, pretty(await editorSchema(context)), { mode: 0o600 });
  context.output.result({ file, schema: schemaFile }, `Wrote ${file} and ${schemaFile}.`);
}

async function check(context: CommandContext): Promise<void> {
  const { describePlugins } = await import('@roomkey/core/host');
  const config = await context.config();
  const plugins = await describePlugins(config, import.meta.dirname);
  const missing: string[] = [];
  for (const plugin of plugins) {
    if ('error' in plugin) throw plugin.error;
    for (const name of plugin.missing) {
      missing.push(name);
      context.output.note(`note: ${name} is not set, so ${plugin.name} cannot be used.`);
    }
  }
  await requireUsable(plugins);
  const { file } = config;
  context.output.result(
    { file: file ?? null, valid: true, missing },
    file === undefined ? 'No configuration file; the defaults are used.' : `${file} is valid.`,
  );
}

/**
 * Throws if every plugin of a service refers to a variable that is not set: starting the service
 * would fail.
 */
async function requireUsable(plugins: readonly ListedPlugin[]): Promise<void> {
  const isUsable = (one: ListedPlugin): boolean => 'missing' in one && one.missing.length === 0;
  const usable = new Set(plugins.filter(isUsable).map(({ service }) => service));
  const unusable = plugins.filter(({ service }) => !usable.has(service));
  if (unusable.length === 0) return;
  const { RoomkeyError } = await import('@roomkey/core/host');
  const services = [...new Set(unusable.map(({ service }) => `services.${service}`))].join(', ');
  const variables = unusable.flatMap((one) => ('missing' in one ? one.missing : []));
  throw new RoomkeyError(
    'RK_CONFIG_ENV_MISSING',
    `No plugin for ${services} can be used, because these variables are not set: ${[...new Set(variables)].join(', ')}. Set them, or write them into the .env beside the configuration.`,
  );
}

async function schema(context: CommandContext): Promise<void> {
  const document = await editorSchema(context);
  context.output.result(document, pretty(document).trimEnd());
}

async function show(context: CommandContext): Promise<void> {
  const config = await context.config();
  const { mapReferences, redactUrls } = await import('@roomkey/core/host');
  const isSet = (name: string): boolean => (config.environment[name] ?? '') !== '';
  const redact = (name: string): object => ({ env: name, set: isSet(name) });
  const document = {
    file: config.file ?? null,
    folders: config.folders,
    services: mapReferences(config.services, redact),
  };
  const shown = redactUrls(pretty(document).trimEnd());
  context.output.result(JSON.parse(shown), shown);
}

/** The schema, with the settings of the configured plugins and of the default ones. */
async function editorSchema(context: CommandContext): Promise<object> {
  const { configJsonSchema, defaultServices, describePlugins, serviceKinds, withService } =
    await import('@roomkey/core/host');
  const config = await context.config();
  let defaults: LoadedConfig = config;
  for (const kind of serviceKinds) defaults = withService(defaults, kind, defaultServices[kind]);
  const known = new Map<string, DescribedPlugin>();
  for (const each of [config, defaults]) {
    for (const plugin of await describePlugins(each, import.meta.dirname)) {
      if ('configSchema' in plugin) known.set(plugin.use, plugin);
      else context.output.warn(plugin.error.message);
    }
  }
  return configJsonSchema([...known.values()]);
}

function pretty(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
