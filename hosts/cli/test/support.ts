import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const COMMAND = join(import.meta.dirname, '../bin/roomkey.js');

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment and the input of a command. */
export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Standard input; default: empty. */
  readonly input?: string | Buffer;
}

/** An empty folder in which the built command runs, with nothing stored yet. */
export async function workplace() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'roomkey-cli-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const start = (args: readonly string[], options: StartOptions = {}): ChildProcess => {
    const { PATH = '', SystemRoot = '' } = process.env;
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: folder,
      env: { PATH, SystemRoot, ROOMKEY_HOME: join(folder, 'home'), ...options.environment },
    });
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const run = (args: readonly string[], options?: StartOptions) => ended(start(args, options));
  return { folder, start, run };
}

/** Waits until a command ends. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}
