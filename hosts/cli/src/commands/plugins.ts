import type { PluginReport, ServiceKind } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { failureOf } from '../failure.js';
import { table } from '../output.js';

export function definePlugins(program: Command, run: Run): void {
  const plugins = program.command('plugins').description('list and check the plugins');
  plugins
    .command('list')
    .description('list the plugins that the configuration names')
    .action(run(list));
  plugins
    .command('check')
    .description('start each service and print which plugin it uses, or why it has none')
    .action(run(check));
}

async function list(context: CommandContext): Promise<void> {
  const { describePlugins } = await import('@roomkey/core/host');
  const listed = await describePlugins(await context.config(), import.meta.dirname);
  const rows = listed.map((one) => [
    one.service,
    one.use,
    'error' in one ? one.error.message : (one.version ?? ''),
    'error' in one || one.isOwn ? '' : one.file,
  ]);
  if (listed.some((one) => 'error' in one)) context.exitCode = ExitCode.setup;
  const plugins = listed.map((one) => {
    const { service, use } = one;
    if ('error' in one) {
      const { code, message } = one.error;
      return { service, use, error: { code, message } };
    }
    const { name, version, apiVersion, file, isOwn } = one;
    return { service, use, name, version, apiVersion, file, isOwn };
  });
  context.output.result({ plugins }, table(rows));
}

async function check(context: CommandContext): Promise<void> {
  const { serviceKinds } = await import('@roomkey/core/host');
  const services = [];
  for (const service of serviceKinds) services.push(await checkService(context, service));
  if (services.some(({ ok }) => !ok)) context.exitCode = ExitCode.setup;
  const rows = services.flatMap((one) =>
    one.ok
      ? one.plugins.flatMap((plugin) => pluginRows(one.service, plugin))
      : [['failed', one.service, [one.error.message, ...one.files].join(' ')]],
  );
  context.output.result({ services }, table(rows));
}

async function checkService(context: CommandContext, service: ServiceKind) {
  try {
    const roomkey = await context.open([service]);
    await context.close();
    const plugins = roomkey.plugins.filter((plugin) => plugin.service === service);
    return { service, ok: true as const, plugins };
  } catch (error) {
    context.signal.throwIfAborted();
    const { code, message } = failureOf(error);
    const files = await foreignFiles(context, service);
    return { service, ok: false as const, error: { code, message }, files };
  }
}

/** The files of a service's plugins, without Roomkey's own. */
async function foreignFiles(context: CommandContext, service: ServiceKind): Promise<string[]> {
  const { describePlugins } = await import('@roomkey/core/host');
  const listed = await describePlugins(await context.config(), import.meta.dirname);
  return listed.flatMap((one) =>
    one.service === service && 'file' in one && !one.isOwn ? [one.file] : [],
  );
}

/** The plugin in use, and below it those that were skipped; with the files of plugins that are not Roomkey's own. */
function pluginRows(service: string, { name, version, file, skipped }: PluginReport): string[][] {
  const at = (file: string | undefined): string => (file === undefined ? '' : ` (${file})`);
  const others = skipped.map((one) => ['', '', `not ${one.name}${at(one.file)}: ${one.reason}`]);
  const shown = version === undefined ? name : `${name} ${version}`;
  return [['ok', service, `${shown}${at(file)}`], ...others];
}
