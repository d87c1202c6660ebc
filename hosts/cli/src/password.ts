import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Interrupted, UsageError } from './failure.js';

/** A keyboard, or a pipe. */
export type PasswordInput = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** The variables that may hold a secret, the kind of secret, and the option for standard input. */
const secrets = {
  ROOMKEY_PASSWORD: ['A password', '--password-stdin'],
  ROOMKEY_NEW_PASSWORD: ['A new password', '--password-stdin'],
  ROOMKEY_ROOM_PASSWORD: ['A password', '--password-stdin'],
  ROOMKEY_INVITE: ['An invite', '--invite-stdin'],
} as const;

/** A request for one password. */
export interface PasswordQuestion {
  /** The prompt, such as `Password of anna`. */
  readonly prompt: string;
  /** The environment variable that may hold it; an empty one counts as not set. */
  readonly variable: keyof typeof secrets;
  /** Whether it is a new password, which is asked for twice. */
  readonly isNew?: boolean;
}

/** How passwords are read. */
export interface PasswordOptions {
  /** Whether `--password-stdin`, or the secret's own option, was given. */
  readonly fromStdin: boolean;
  readonly signal: AbortSignal;
}

/** The request of `readPassword`. */
export interface PasswordRequest extends PasswordQuestion, PasswordOptions {}

/** Where passwords come from; tests pass their own. */
export interface PasswordSource {
  readonly input: PasswordInput;
  readonly output: NodeJS.WritableStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The source of this process. Loads core only here, because loading takes a while. */
async function system(): Promise<PasswordSource> {
  const { ownEnvironment } = await import('@roomkey/core/host');
  return { input: process.stdin, output: process.stderr, environment: ownEnvironment() };
}

/**
 * A password from standard input, from the environment or from a prompt without echo; never from an
 * argument, which other users of the computer can see.
 *
 * @throws UsageError if no password is given and there is no terminal to ask at
 */
export async function readPassword(
  request: PasswordRequest,
  given?: PasswordSource,
): Promise<string> {
  const source = given ?? (await system());
  const { fromStdin, signal } = request;
  // The last line break is the shell's; everything else may belong to the password.
  if (fromStdin) return (await readInput(source, signal)).replace(/\r?\n$/, '');
  const [password = ''] = await givenOrAsked([request], source, signal);
  return password;
}

/** Whether a person at a terminal types the password, and can be asked again. */
export async function isTyped(
  { fromStdin, variable }: PasswordRequest,
  given?: PasswordSource,
): Promise<boolean> {
  const { input, environment } = given ?? (await system());
  return !fromStdin && (environment[variable] ?? '') === '' && input.isTTY === true;
}

/**
 * An account's current password and the new one. From standard input each is one line.
 *
 * @throws UsageError if one is missing and there is no terminal to ask at
 */
export async function readPasswordChange(
  account: string,
  { fromStdin, signal }: PasswordOptions,
  given?: PasswordSource,
): Promise<readonly [old: string, next: string]> {
  const source = given ?? (await system());
  if (fromStdin) {
    const lines = (await readInput(source, signal)).replace(/\r?\n$/, '').split(/\r?\n/);
    const [old, next, ...more] = lines;
    if (old !== undefined && next !== undefined && more.length === 0) return [old, next];
    throw new UsageError(
      'Standard input must have two lines: the current password and the new one.',
    );
  }
  const questions: readonly PasswordQuestion[] = [
    { prompt: `Password of ${account}`, variable: 'ROOMKEY_PASSWORD' },
    { prompt: `New password of ${account}`, variable: 'ROOMKEY_NEW_PASSWORD', isNew: true },
  ];
  const [old = '', next = ''] = await givenOrAsked(questions, source, signal);
  return [old, next];
}

async function readInput({ input }: PasswordSource, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const bytes = await buffer(input);
  // Imported here because loading core takes a while, and most commands read nothing.
  const { decodeText } = await import('@roomkey/core/host');
  try {
    return decodeText(bytes);
  } catch (error) {
    throw new UsageError(`Standard input cannot be read: ${(error as Error).message}.`);
  }
}

/** Passwords from the environment; asks for the missing ones, one after another. */
async function givenOrAsked(
  questions: readonly PasswordQuestion[],
  source: PasswordSource,
  signal: AbortSignal,
): Promise<string[]> {
  signal.throwIfAborted();
  const given = questions.map(({ variable }) => source.environment[variable] ?? '');
  const missing = questions.filter((_, index) => given[index] === '');
  const [first] = missing;
  if (first === undefined) return given;
  if (source.input.isTTY !== true) {
    const [what, option] = secrets[first.variable];
    const variables = missing.map(({ variable }) => variable).join(' and ');
    throw new UsageError(
      `${what} is needed, and there is no terminal to ask for it. Set ${variables}, or use ${option}.`,
    );
  }
  const prompts = missing.flatMap(({ prompt, isNew = false }) =>
    isNew ? [`${prompt}: `, `${prompt}, again: `] : [`${prompt}: `],
  );
  const answers = (await ask(prompts, source, signal)).values();
  const next = (): string => answers.next().value ?? '';
  return questions.map(({ isNew = false }, index) => {
    if (given[index] !== '') return given[index] ?? '';
    const password = next();
    if (isNew && next() !== password) throw new UsageError('The two passwords differ. Try again.');
    return password;
  });
}

/** Asks without echo. Readline edits the lines; its output is discarded. */
async function ask(
  prompts: readonly string[],
  { input, output }: PasswordSource,
  signal: AbortSignal,
): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  // Keeps lines that are typed ahead, such as both answers pasted at once.
  const typed = lines[Symbol.asyncIterator]();
  const ended = new AbortController();
  // In raw mode the terminal sends no signal on Ctrl-C; readline emits an event.
  lines.on('SIGINT', () => ended.abort(new Interrupted()));
  const either = AbortSignal.any([signal, ended.signal]);
  const aborted = new Promise<never>((_resolve, reject) => {
    either.addEventListener('abort', () => reject(either.reason as Error), { once: true });
  });
  const answers: string[] = [];
  try {
    for (const prompt of prompts) {
      output.write(prompt);
      const line = await Promise.race([typed.next(), aborted]).finally(() => output.write('\n'));
      // Ctrl-D on an empty line.
      if (line.done === true) throw new Interrupted();
      answers.push(line.value);
    }
    return answers;
  } finally {
    lines.close();
  }
}
