import { spawn, type ChildProcess } from 'node:child_process';
import { childEnvironment, systemReason, type Environment, type Logger } from '@roomkey/core/host';
import type { LaunchCommand } from './find-browser.js';

/** Why a program failed, as a phrase; `undefined` if it did not. */
export type ExitFailure = string | undefined;

/** A running program that shows the page. */
export interface Program {
  readonly ended: Promise<ExitFailure>;
  stop(): void;
}

/** Starts a browser and logs its output. */
export function startProgram(
  { program, args }: LaunchCommand,
  environment: Environment,
  logger: Logger,
): Program {
  const child = spawn(program, args, {
    env: childEnvironment({}, environment),
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trimEnd().split('\n')) logger.debug(line);
  });
  return { ended: waitForExit(child), stop: () => void child.kill() };
}

/** Waits until a process ends. */
export function waitForExit(child: ChildProcess): Promise<ExitFailure> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(systemReason(error)));
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? `exit code ${code ?? 0}` : `ended by ${signal}`);
    });
  });
}
