import { Command, CommanderError } from 'commander';
import { CommandContext, type GlobalOptions, type Run } from './context.js';
import { ExitCode } from './exit-codes.js';
import { failureOf, Interrupted, OutputClosed } from './failure.js';
import { Interruption } from './interruption.js';
import { Output } from './output.js';
import { usageError } from './usage-error.js';
import { readVersion } from './version.js';

/** Runs the command line and sets the process's exit code. */
export async function run(args: readonly string[]): Promise<void> {
  const interruption = new Interruption();
  const interrupt = (): void => {
    if (interruption.request(performance.now())) process.exit(ExitCode.interrupted);
  };
  const outputFor = ({ json, verbose }: GlobalOptions): Output =>
    new Output({
      json: json ?? false,
      verbose: verbose ?? false,
      out: process.stdout,
      err: process.stderr,
    });
  // For commander's own errors, until it has read the options.
  let output = outputFor(args.includes('--json') ? { json: true } : {});

  const runner: Run =
    (handler) =>
    async (...given) => {
      const options = (given.at(-1) as Command).optsWithGlobals<GlobalOptions>();
      output = outputFor(options);
      const { signal } = interruption;
      const context = new CommandContext(output, signal, options.config);
      const isDone = (): boolean => context.isDoneUnread && signal.reason instanceof OutputClosed;
      try {
        await handler(context, ...given);
      } catch (error) {
        await context.close().catch((other: unknown) => output.warn(failureOf(other).message));
        if (isDone() && error === signal.reason) return;
        throw error;
      }
      await context.close();
      process.exitCode = signal.aborted && !isDone() ? ExitCode.interrupted : context.exitCode;
    };

  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  // Every further line emits the error again; like a second signal right after the first, it is not counted.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    const reason = code === 'EPIPE' ? new OutputClosed() : new Interrupted();
    interruption.request(performance.now(), reason);
  });
  try {
    const program = await createProgram(args, runner);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Help was asked for, and printed.
    if (error instanceof CommanderError && error.exitCode === 0) return;
    const failure = failureOf(error);
    output.failure(failure);
    process.exitCode = failure.exitCode;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** The commands' definitions, in the order of the help; each is loaded when it is needed. */
const definitions = {
  desktop: async () => (await import('./commands/desktop.js')).defineDesktop,
  account: async () => (await import('./commands/account.js')).defineAccount,
  people: async () => (await import('./commands/people.js')).definePeople,
  room: async () => (await import('./commands/room.js')).defineRoom,
  storage: async () => (await import('./commands/storage.js')).defineStorage,
  directory: async () => (await import('./commands/directory.js')).defineDirectory,
  discover: async () => (await import('./commands/discover.js')).defineDiscover,
  join: async () => (await import('./commands/join.js')).defineJoin,
  demo: async () => (await import('./commands/demo.js')).defineDemo,
  plugins: async () => (await import('./commands/plugins.js')).definePlugins,
  config: async () => (await import('./commands/config.js')).defineConfig,
} satisfies Record<string, () => Promise<(program: Command, run: Run) => void>>;

/** The program with the commands that the arguments name, or with all if they name none. */
export async function createProgram(args: readonly string[], run: Run): Promise<Command> {
  const program = new Command('roomkey')
    .description('Private face-to-face video for people on the same network.')
    .option('--config <path>', 'the configuration file (default: roomkey.config.json)')
    .option('--json', 'print the result as JSON on standard output, and nothing else there')
    .option('--verbose', 'print diagnostics')
    .version(readVersion(), '-V, --version')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined });
  const all = Object.entries(definitions);
  const named = all.filter(([name]) => args.includes(name));
  for (const [, load] of named.length > 0 ? named : all) (await load())(program, run);
  overrideExits(program, args);
  return program;
}

/** Throws a command's own errors, and not only the program's, as usage errors. */
function overrideExits(command: Command, args: readonly string[]): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageError(error, command, args);
  });
  for (const child of command.commands) overrideExits(child, args);
}
