import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment, ownEnvironment, type Environment } from '@roomkey/core/host';
import { waitForExit, type ExitFailure } from './program.js';

/** IPC message of the main process when its window is open. */
export const WINDOW_IS_OPEN = 'roomkey-window-is-open';

export interface ElectronOptions {
  readonly program: string;
  readonly environment: Environment;
  readonly configPath?: string;
  readonly verbose: boolean;
  readonly signal: AbortSignal;
  /** Called when the window is open. */
  readonly onOpen: () => void;
}

/**
 * Runs the app in Electron until it ends. Aborting the signal ends it.
 *
 * @returns the failure, if it ended before its window was open
 */
export async function runElectron(options: ElectronOptions): Promise<ExitFailure> {
  const { program, configPath, verbose, signal, onOpen } = options;
  const main = fileURLToPath(new URL('../main/index.js', import.meta.url));
  const args = [
    main,
    ...(configPath === undefined ? [] : [`--config=${configPath}`]),
    ...(verbose ? ['--verbose'] : []),
  ];
  const child = spawn(program, args, {
    // Electron runs Roomkey itself, which needs the database URI. Terminals in editors set
    // ELECTRON_RUN_AS_NODE, which would turn Electron into plain Node.js.
    env: childEnvironment(
      {
        ELECTRON_RUN_AS_NODE: undefined,
        MONGO_URI: options.environment['MONGO_URI'] ?? ownEnvironment()['MONGO_URI'],
      },
      options.environment,
    ),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const opened = new Promise<true>((resolve) => {
    child.on('message', (message) => {
      if (message === WINDOW_IS_OPEN) resolve(true);
    });
  });
  const stop = (): void => void child.kill('SIGTERM');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    const ended = waitForExit(child);
    const isOpen = await Promise.race([opened, ended.then(() => false)]);
    if (isOpen) onOpen();
    const fault = await ended;
    return isOpen || signal.aborted ? undefined : fault;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
