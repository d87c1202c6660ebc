import type { SignedIn } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { readPassword } from '../password.js';

interface PasswordOptions {
  readonly passwordStdin?: true;
}

const SERVICES = ['storage'] as const;

export function defineAccount(program: Command, run: Run): void {
  const account = program.command('account').description('who you are');
  account
    .command('create <name>')
    .description('create an account and sign in with it')
    .option('--password-stdin', 'read the password from standard input')
    .action(run(create));
  account
    .command('login <name>')
    .description('sign in')
    .option('--password-stdin', 'read the password from standard input')
    .action(run(login));
  account.command('logout').description('sign out').action(run(logout));
  account.command('whoami').description('show who is signed in').action(run(whoami));
}

async function create(
  context: CommandContext,
  name: string,
  options: PasswordOptions,
): Promise<void> {
  const password = await askPassword(context, name, options, true);
  const { accounts } = await context.open(SERVICES);
  const { signal } = context;
  await accounts.create(name, password, { signal });
  await show(
    context,
    await accounts.signIn(name, password, { signal }),
    'Created and signed in as',
  );
}

async function login(
  context: CommandContext,
  name: string,
  options: PasswordOptions,
): Promise<void> {
  const password = await askPassword(context, name, options, false);
  const { accounts } = await context.open(SERVICES);
  await show(
    context,
    await accounts.signIn(name, password, { signal: context.signal }),
    'Signed in as',
  );
}

async function logout(context: CommandContext): Promise<void> {
  const { accounts } = await context.open(SERVICES);
  await accounts.signOut();
  context.output.result({ signedIn: false }, 'Signed out.');
}

async function whoami(context: CommandContext): Promise<void> {
  const { accounts } = await context.open(SERVICES);
  await show(context, await accounts.require({ signal: context.signal }), 'Signed in as');
}

function askPassword(
  context: CommandContext,
  name: string,
  options: PasswordOptions,
  isNew: boolean,
): Promise<string> {
  return readPassword({
    prompt: `Password of ${name}`,
    variable: 'ROOMKEY_PASSWORD',
    fromStdin: options.passwordStdin ?? false,
    isNew,
    signal: context.signal,
  });
}

async function show({ output }: CommandContext, account: SignedIn, what: string): Promise<void> {
  const { fingerprint } = await import('@roomkey/core/host');
  const shown = fingerprint(account.identity.publicKey);
  output.result(
    { name: account.name, fingerprint: shown },
    `${what} ${account.name} (fingerprint ${shown}).`,
  );
}
