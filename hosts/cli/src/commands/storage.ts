import type { CopiedCollection, LoadedConfig, ServiceChoice } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { UsageError } from '../failure.js';
import { table } from '../output.js';

interface CopyOptions {
  readonly from: string;
  readonly to: string;
}

const SHOWN_DIFFERENCES = 10;

export function defineStorage(program: Command, run: Run): void {
  const storage = program.command('storage').description('copy accounts and rooms between stores');
  storage
    .command('copy')
    .description('copy accounts and rooms from one store to another; overwrites nothing')
    .requiredOption('--from <store>', 'json, mongo, or a plugin’s name in the configuration')
    .requiredOption('--to <store>', 'the same choices')
    .action(run(copy));
}

async function copy(context: CommandContext, options: CopyOptions): Promise<void> {
  const { copyStorage, Storage, withService } = await import('@roomkey/core/host');
  const { output, signal } = context;
  const config = await context.config();
  const [from, to] = [await choose(config, options.from), await choose(config, options.to)];
  if (JSON.stringify(from) === JSON.stringify(to)) {
    throw new UsageError(`--from and --to name the same store, ${options.from}. Name two stores.`);
  }
  const open = async (choice: ServiceChoice) => {
    const roomkey = await context.open(['storage'], withService(config, 'storage', choice));
    return roomkey.service(Storage);
  };
  const stores = [await open(from), await open(to)] as const;
  const collections = await copyStorage(...stores, {
    signal,
    onProgress: (collection, done, total) => {
      if (done < total) output.note(`${collection}: ${String(done)} of ${String(total)} …`);
    },
  });
  warnOfDifferences(context, collections, options);
  output.result({ collections }, table(collections.map(copiedRow)));
}

/** A store by its short or full name, with its settings in the configuration. */
async function choose(config: LoadedConfig, name: string): Promise<ServiceChoice> {
  const { defaultServices, normalizeChoice } = await import('@roomkey/core/host');
  const known = [
    ...config.services.storage.plugins,
    ...normalizeChoice(defaultServices.storage).plugins,
  ];
  const found = known.find(({ use }) => use === name || use === `@roomkey/storage-${name}`);
  if (found !== undefined) return { use: found.use, config: { ...found.config } } as ServiceChoice;
  const names = [...new Set(known.map(({ use }) => use.replace('@roomkey/storage-', '')))];
  throw new UsageError(
    `Unknown store “${name}”. Use one of: ${names.join(', ')}. To use another store, add it to services.storage in the configuration.`,
  );
}

function copiedRow({ collection, copied, unchanged, ...left }: CopiedCollection): string[] {
  const row = [collection, `${String(copied)} copied`, `${String(unchanged)} already there`];
  const leftOut = left.different.length + left.damaged.length;
  return leftOut === 0 ? row : [...row, `${String(leftOut)} not copied`];
}

/** Warns of documents that were not copied; only a person knows which version is right. */
function warnOfDifferences(
  context: CommandContext,
  collections: readonly CopiedCollection[],
  { from, to }: CopyOptions,
): void {
  const warn = (ids: readonly string[], sentence: (what: string) => string): void => {
    if (ids.length === 0) return;
    const some = ids.slice(0, SHOWN_DIFFERENCES).join(', ');
    const more = ids.length > SHOWN_DIFFERENCES ? ', …' : '';
    context.output.warn(`${sentence(String(ids.length))} (${some}${more})`);
    context.exitCode = ExitCode.unexpected;
  };
  for (const { collection, different, damaged } of collections) {
    warn(
      different,
      (count) =>
        `Not copied, because ${to} has a different version: ${count} of ${collection}. If the version of ${from} is right, delete the one of ${to} and copy again.`,
    );
    warn(
      damaged,
      (count) => `Not copied, because they are damaged in ${from}: ${count} of ${collection}.`,
    );
  }
}
