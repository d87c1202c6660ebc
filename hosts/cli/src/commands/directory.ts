import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { readPassword } from '../password.js';

export function defineDirectory(program: Command, run: Run): void {
  const directory = program
    .command('directory')
    .description('who can see where your live rooms are, among those who share a database');
  directory
    .command('invite')
    .description('print the words that bring another machine into your directory')
    .action(run(invite));
  directory
    .command('accept')
    .description('enter the directory of an invite, which is asked for')
    .option('--invite-stdin', 'read the invite from standard input')
    .action(run(accept));
}

async function invite(context: CommandContext): Promise<void> {
  const { directory } = await context.open([]);
  const words = await directory.invite();
  context.output.note(
    `Give these words to whom you trust, and type them there after: roomkey directory accept\nWhoever has them and can read the database sees the addresses of live rooms. Directory ${directory.fingerprint}:`,
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
  const { changed, keptAside } = await directory.accept(words);
  const { directory: now } = await context.open([]);
  const text = changed
    ? `You are in the directory ${now.fingerprint} now. Start Roomkey anew where it is running. The key before is in ${keptAside ?? ''}.`
    : `You are in this directory already (${now.fingerprint}).`;
  context.output.result({ changed, directory: now.fingerprint, keptAside }, text);
}
