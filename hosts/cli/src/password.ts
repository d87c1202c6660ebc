import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Interrupted, UsageError } from './failure.js';

/** A keyboard, or a pipe. */
export type PasswordInput = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** What `readPassword` takes. */
export interface PasswordRequest {
  /** What the person is asked, such as `Password of anna`. */
  readonly prompt: string;
  /** The environment variable that may hold it. */
  readonly variable: 'ROOMKEY_PASSWORD' | 'ROOMKEY_ROOM_PASSWORD';
  /** Whether `--password-stdin` was given. */
  readonly fromStdin: boolean;
  /** Whether it is a new one, which is asked for twice. */
  readonly isNew?: boolean;
  readonly signal: AbortSignal;
}

/** Where passwords come from; another in tests. */
export interface PasswordSource {
  readonly input: PasswordInput;
  readonly output: NodeJS.WritableStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const system = (): PasswordSource => ({
  input: process.stdin,
  output: process.stderr,
  environment: process.env,
});

/**
 * A password from standard input, from the environment or from a prompt without echo; never from an
 * argument, which other users of the machine can see.
 *
 * @throws UsageError where there is none and nobody to ask.
 */
export async function readPassword(
  request: PasswordRequest,
  source: PasswordSource = system(),
): Promise<string> {
  const { prompt, variable, fromStdin, isNew = false, signal } = request;
  // One line's end is the shell's; everything else may belong to the password.
  if (fromStdin) return (await text(source.input)).replace(/\r?\n$/, '');
  const given = source.environment[variable];
  if (given !== undefined) return given;
  if (source.input.isTTY !== true) {
    throw new UsageError(
      `A password is needed, and there is no terminal to ask at. Set ${variable}, or use --password-stdin.`,
    );
  }
  const password = await ask(`${prompt}: `, source, signal);
  if (isNew && (await ask(`${prompt}, again: `, source, signal)) !== password) {
    throw new UsageError('The two passwords differ. Try again.');
  }
  return password;
}

/** Asks without echo. Readline edits the line; what it would show goes nowhere. */
async function ask(prompt: string, source: PasswordSource, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: source.input,
    output: nowhere,
    terminal: true,
    historySize: 0,
  });
  source.output.write(prompt);
  const interrupted = new AbortController();
  // In raw mode the terminal makes no signal of Ctrl-C; readline does.
  lines.on('SIGINT', () => interrupted.abort(new Interrupted()));
  lines.on('close', () => interrupted.abort(new Interrupted()));
  const either = AbortSignal.any([signal, interrupted.signal]);
  try {
    return await lines.question('', { signal: either });
  } catch (error) {
    throw either.aborted ? either.reason : error;
  } finally {
    lines.close();
    source.output.write('\n');
  }
}
