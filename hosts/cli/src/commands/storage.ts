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
  const storage = program.command('storage').description('where accounts and rooms are kept');
  storage
    .command('copy')
    .description('copy accounts and rooms from one store to another; writes over nothing')
    .requiredOption('--from <store>', 'json, mongo, or a plugin as the configuration names it')
    .requiredOption('--to <store>', 'likewise')
    .action(run(copy));
}

async function copy(context: CommandContext, options: CopyOptions): Promise<void> {
  const { copyStorage, Storage, withService } = await import('@roomkey/core/host');
  const { output, signal } = context;
  const config = await context.config();
  const [from, to] = [await choose(config, options.from), await choose(config, options.to)];
  if (JSON.stringify(from) === JSON.stringify(to)) {
    throw new UsageError(`--from and --to name the same store, ${options.from}. Name two.`);
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
  tellOfDifferences(context, collections, options);
  output.result({ collections }, table(collections.map(copiedRow)));
}

/** A store by the name that people give it, with the settings that the configuration has for it. */
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
    `There is no store “${name}”. Known are: ${names.join(', ')}. Others are named in services.storage of the configuration.`,
  );
}

function copiedRow({ collection, copied, unchanged, ...left }: CopiedCollection): string[] {
  const row = [collection, `${String(copied)} copied`, `${String(unchanged)} there already`];
  const leftOut = left.different.length + left.damaged.length;
  return leftOut === 0 ? row : [...row, `${String(leftOut)} not copied`];
}

/** What was not copied, and why; which of two is right only a person knows. */
function tellOfDifferences(
  context: CommandContext,
  collections: readonly CopiedCollection[],
  { from, to }: CopyOptions,
): void {
  const tell = (ids: readonly string[], sentence: (what: string) => string): void => {
    if (ids.length === 0) return;
    const some = ids.slice(0, SHOWN_DIFFERENCES).join(', ');
    const more = ids.length > SHOWN_DIFFERENCES ? ', …' : '';
    context.output.warn(`${sentence(String(ids.length))} (${some}${more})`);
    context.exitCode = ExitCode.unexpected;
  };
  for (const { collection, different, damaged } of collections) {
    tell(
      different,
      (count) =>
        `${to} has ${count} ${collection} that say something else; they were left as they are. Delete them there and copy again if the others are right.`,
    );
    tell(
      damaged,
      (count) => `${from} has ${count} ${collection} that cannot be understood; they stay there.`,
    );
  }
}
