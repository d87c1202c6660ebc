import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { readPassword } from '../password.js';

export function defineDirectory(program: Command, run: Run): void {
  const directory = program
    .command('directory')
    .description('choose which computers that share your database see where your rooms are');
  directory
    .command('invite')
    .description('print the words that add another computer to your directory')
    .action(run(invite));
  directory
    .command('accept')
    .description('join the directory of an invite; asks for its words')
    .option('--invite-stdin', 'read the invite from standard input')
    .action(run(accept));
}

async function invite(context: CommandContext): Promise<void> {
  const { directory } = await context.open([]);
  const words = await directory.invite();
  context.output.note(
    `On the other computer, run \`roomkey directory accept\` and type these words. Give them only to people you trust: anyone who has them and can read the database sees the addresses of open rooms.\nDirectory ${directory.fingerprint}:`,
  );
  context.output.result({ invite: words, directory: directory.fingerprint }, words);
}

async function accept(
  context: CommandContext,
  options: { readonly inviteStdin?: true },
): Promise<void> {
  const words = await readPassword({
    prompt: 'The 24 words of the invite',
    variable: 'ROOMKEY_INVITE',
    fromStdin: options.inviteStdin ?? false,
    signal: context.signal,
  });
  const { directory } = await context.open([]);
  const { changed, previousKeyFile } = await directory.accept(words);
  const { directory: now } = await context.open([]);
  const text = changed
    ? `You are now in the directory ${now.fingerprint}. If Roomkey is running, restart it. The previous key is in ${previousKeyFile ?? ''}.`
    : `You are already in this directory (${now.fingerprint}).`;
  context.output.result({ changed, directory: now.fingerprint, previousKeyFile }, text);
}
