import { readConfig, type Environment, type Logger } from '@roomkey/core/host';
import { readVersion } from '../version.js';
import { chooseWindow, mayUseElectron, requireBrowser } from './choose-window.js';
import { findElectron } from './find-electron.js';
import { runElectron } from './run-electron.js';
import { runServer, type Opened } from './run-server.js';
import { currentHostEnvironment } from './host-environment.js';

export type { Opened } from './run-server.js';

/** What `launchDesktop` takes. */
export interface LaunchOptions {
  /** The configuration that the person named. */
  readonly configPath?: string;
  /** A browser's path, or `none`: print the address. Default: ROOMKEY_BROWSER, or what is found. */
  readonly browser?: string;
  /** Default: the process's variables. */
  readonly environment?: Environment;
  readonly logger: Logger;
  /** Whether Electron, which has a log of its own, prints diagnostics as well. */
  readonly verbose: boolean;
  /** Leaves the call and ends. */
  readonly signal: AbortSignal;
  /** Called once, when there is something to see. */
  readonly onOpened: (opened: Opened) => void;
  /** Something for the person to know. */
  readonly print: (sentence: string) => void;
}

/**
 * Opens the desktop app in the best window that there is here, and waits until that is closed.
 *
 * @throws RoomkeyError `RK_BROWSER_NOT_FOUND`, or of the configuration or of a plugin
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
