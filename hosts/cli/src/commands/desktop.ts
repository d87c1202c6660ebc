import type { Command } from 'commander';
import type { CommandContext, GlobalOptions, Run } from '../context.js';

interface DesktopCommandOptions {
  readonly browser?: string;
}

export function defineDesktop(program: Command, run: Run): void {
  program
    .command('desktop')
    .description('open the desktop app')
    .option('--browser <path>', 'the browser to open it in, or none to print the address')
    .action(run(desktop));
}

async function desktop(
  context: CommandContext,
  { browser }: DesktopCommandOptions,
  command: Command,
): Promise<void> {
  const { output, signal, configPath } = context;
  const { launchDesktop } = await import('@roomkey/desktop');
  await launchDesktop({
    logger: output,
    verbose: command.optsWithGlobals<GlobalOptions>().verbose ?? false,
    signal,
    onOpened: ({ text, ...opened }) => output.result(opened, text),
    print: (sentence) => output.note(sentence),
    ...(configPath === undefined ? {} : { configPath }),
    ...(browser === undefined ? {} : { browser }),
  });
}
