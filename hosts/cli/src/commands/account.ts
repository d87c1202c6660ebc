import { readFile, stat } from 'node:fs/promises';
import type { ImportResult, SignedIn } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { ExitCode } from '../exit-codes.js';
import { UsageError } from '../failure.js';
import { readPassword, readPasswordChange } from '../password.js';

interface PasswordOptions {
  readonly passwordStdin?: true;
}

const SERVICES = ['storage'] as const;
const FROM_STDIN = ['--password-stdin', 'read the password from standard input'] as const;

export function defineAccount(program: Command, run: Run): void {
  const account = program.command('account').description('create, use and delete accounts');
  account
    .command('create <name>')
    .description('create an account and sign in with it')
    .option(...FROM_STDIN)
    .action(run(create));
  account
    .command('login <name>')
    .description('sign in')
    .option(...FROM_STDIN)
    .option(
      '--new-identity',
      'sign in although the account differs from the one used here before, or this can’t be checked',
    )
    .action(run(login));
  account.command('logout').description('sign out').action(run(logout));
  account.command('whoami').description('show who is signed in').action(run(whoami));
  account
    .command('password')
    .description('change the password of your account')
    .option(
      '--password-stdin',
      'read the current and the new password from standard input, one line each',
    )
    .action(run(changePassword));
  account
    .command('delete [name]')
    .description('delete an account and its rooms for good (default: your account)')
    .option(...FROM_STDIN)
    .action(run(remove));
  account
    .command('import <file>')
    .description('import the accounts of the original app from its users.json')
    .action(run(importFile));
}

async function create(
  context: CommandContext,
  name: string,
  options: PasswordOptions,
): Promise<void> {
  const { accounts } = await context.open(SERVICES);
  const { signal } = context;
  await accounts.requireNew(name, { signal });
  const password = await askPassword(context, name, options, true);
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
  options: PasswordOptions & { readonly newIdentity?: true },
): Promise<void> {
  const password = await askPassword(context, name, options, false);
  const { accounts } = await context.open(SERVICES);
  const { signal } = context;
  const isNewIdentity = options.newIdentity ?? false;
  const account = await accounts.signIn(name, password, { signal, isNewIdentity });
  await show(context, account, 'Signed in as');
}

/** Needs neither the store nor a valid configuration: signing out must always work. */
async function logout(context: CommandContext): Promise<void> {
  await (await sessionFile(context)).remove();
  context.output.result({ signedIn: false }, 'Signed out.');
}

/** This computer knows who is signed in. The store, if it answers, knows whether the account exists. */
async function whoami(context: CommandContext): Promise<void> {
  const local = await (await sessionFile(context)).require();
  let checked = true;
  try {
    const { accounts } = await context.open(SERVICES);
    await accounts.require({ signal: context.signal });
  } catch (error) {
    const { hasCode } = await import('@roomkey/core/host');
    const away = ['RK_STORAGE_IO', 'RK_PLUGIN_UNAVAILABLE', 'RK_PLUGIN_TIMEOUT'] as const;
    if (!away.some((code) => hasCode(error, code))) throw error;
    context.output.warn(
      `${(error as Error).message} Roomkey can’t check whether the account still exists.`,
    );
    checked = false;
  }
  await show(context, local, 'Signed in as', { checked });
}

async function changePassword(context: CommandContext, options: PasswordOptions): Promise<void> {
  const { accounts } = await context.open(SERVICES);
  const { signal } = context;
  const { name } = await accounts.require({ signal });
  const fromStdin = options.passwordStdin ?? false;
  const [old, next] = await readPasswordChange(name, { fromStdin, signal });
  const account = await accounts.changePassword(name, old, next, { signal });
  await show(context, account, 'Changed the password of');
}

async function remove(
  context: CommandContext,
  given: string | undefined,
  options: PasswordOptions,
): Promise<void> {
  const { accounts, rooms } = await context.open(SERVICES);
  const { signal, output } = context;
  const named = given ?? (await accounts.require({ signal })).name;
  output.note(
    `This deletes the account ${named} for good, with its rooms and, on this computer, its lists of known people and visited rooms.`,
  );
  const password = await askPassword(context, named, options, false);
  const account = await accounts.unlock(named, password, { signal });
  // The account goes last: if an earlier step fails, its owner can repeat the command.
  const own = await rooms.removeOwn(account, { signal });
  const { name } = await accounts.remove(named, password, { signal });
  const names = own.map((room) => `“${room.name}”`).join(', ');
  output.result(
    { name, rooms: own.map((room) => ({ id: room.id, name: room.name })) },
    `Deleted the account ${name}${names === '' ? '' : ` and its rooms ${names}`}.`,
  );
}

async function importFile(context: CommandContext, file: string): Promise<void> {
  const { signal, output } = context;
  const { parseLegacyUsers } = await import('@roomkey/core/host');
  const users = parseLegacyUsers(await readUsers(file, signal), file);
  const { accounts } = await context.open(SERVICES);
  output.note(
    `Importing ${users.length} accounts. This takes a while, because each is hashed slowly on purpose. Ctrl-C stops it and keeps the accounts imported so far.`,
  );
  const onProgress = (done: number, total: number): void => {
    const tenths = (count: number): number => Math.floor((10 * count) / total);
    if (tenths(done) > tenths(done - 1)) output.note(`Imported ${done} of ${total}.`);
  };
  const result = await accounts.import(users, { signal, onProgress });
  output.result(result, importSummary(result));
  if (result.refused.length > 0) context.exitCode = ExitCode.usage;
}

async function readUsers(file: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    // Reading a pipe would wait, and nothing could interrupt it.
    if (!(await stat(file)).isFile()) throw new UsageError(`${file} is not a file.`);
    return await readFile(file, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UsageError) throw error;
    const { RoomkeyError, systemReason } = await import('@roomkey/core/host');
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new RoomkeyError('RK_IMPORT_NOT_FOUND', `${file} does not exist. Check the path.`);
    }
    throw new UsageError(`${file} cannot be read: ${systemReason(error)}.`);
  }
}

function importSummary({ imported, existing, refused }: ImportResult): string {
  const names = existing.length === 0 ? '' : `: ${existing.join(', ')}`;
  return [
    `Imported: ${imported.length}. They sign in with their current passwords.`,
    `Already here and unchanged: ${existing.length}${names}.`,
    `Not imported: ${refused.length}.`,
    ...refused.map(
      ({ entry, name, reason }) => `  entry ${entry}, ${JSON.stringify(name)}: ${reason}`,
    ),
  ].join('\n');
}

async function sessionFile({ output }: CommandContext) {
  const { ownEnvironment, SignInFile, userFolders } = await import('@roomkey/core/host');
  return new SignInFile(userFolders(ownEnvironment()).config, output);
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

async function show(
  { output }: CommandContext,
  { name, identity }: SignedIn,
  what: string,
  more: object = {},
): Promise<void> {
  const { fingerprint } = await import('@roomkey/core/host');
  const shown = fingerprint(identity.publicKey);
  output.result({ name, fingerprint: shown, ...more }, `${what} ${name} (fingerprint ${shown}).`);
}
