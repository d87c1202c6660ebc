import { readConfig, type Environment, type Logger } from '@roomkey/core/host';
import { readVersion } from '../version.js';
import { chooseWindow, mayUseElectron, requireBrowser } from './choose-window.js';
import { findElectron } from './find-electron.js';
import { runElectron } from './run-electron.js';
import { runServer, type Opened } from './run-server.js';
import { currentHostEnvironment } from './host-environment.js';

export type { Opened } from './run-server.js';

export interface LaunchOptions {
  /** Path of the configuration, if the user named one. */
  readonly configPath?: string;
  /**
   * A browser's path, or `none` to print the address. Default: ROOMKEY_BROWSER, else the first
   * browser found.
   */
  readonly browser?: string;
  /** Default: this process's environment variables. */
  readonly environment?: Environment;
  readonly logger: Logger;
  /** Whether Electron, which logs separately, prints diagnostics too. */
  readonly verbose: boolean;
  /** Aborting it leaves the call and ends the app. */
  readonly signal: AbortSignal;
  /** Called once, when the window or the address is there. */
  readonly onOpened: (opened: Opened) => void;
  /** Prints a sentence for the user. */
  readonly print: (sentence: string) => void;
}

/**
 * Opens the desktop app in the best available window and waits until it is closed.
 *
 * @throws RoomkeyError `RK_BROWSER_NOT_FOUND`, and errors of the configuration or of a plugin
 */
export async function launchDesktop(options: LaunchOptions): Promise<void> {
  const { configPath, browser, environment = process.env, signal, onOpened, print } = options;
  const host = currentHostEnvironment(environment);
  await requireBrowser(host, browser);
  const electron = mayUseElectron(host, browser) ? await findElectron(host) : undefined;
  if (electron !== undefined) {
    const fault = await runElectron({
      program: electron,
      environment,
      verbose: options.verbose,
      signal,
      onOpen: () => onOpened({ window: 'electron', text: 'Roomkey is open in its own window.' }),
      ...(configPath === undefined ? {} : { configPath }),
    });
    if (fault === undefined) return;
    print(`Electron did not open (${fault}); a browser takes its place.`);
  }
  const config = await readConfig({
    ...(options.environment === undefined ? {} : { environment }),
    ...(configPath === undefined ? {} : { path: configPath }),
  });
  for (const notice of config.notices) print(`note: ${notice}`);
  await runServer({
    config,
    logger: options.logger,
    version: readVersion(),
    signal,
    host,
    window: await chooseWindow(host, browser),
    onOpened,
    print,
  });
}
