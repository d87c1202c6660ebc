import type { LoadedConfig, Logger } from '@roomkey/core/host';
import { createApp, type DesktopApp } from '../app/index.js';
import { startServer, type DesktopServer } from '../server/index.js';
import { UI_FOLDER } from '../ui-folder.js';
import type { WindowChoice } from './choose-window.js';
import { openWindow, type BrowserChoice } from './open-window.js';
import type { HostEnvironment } from './host-environment.js';
import { watchPages } from './watch-pages.js';

/** What `launchDesktop` opened. */
export interface Opened {
  readonly window: WindowChoice['kind'] | 'electron';
  /** Opens one page, once and within ten minutes. Absent for Electron, which has no address. */
  readonly address?: string;
  /** A sentence for the user. */
  readonly text: string;
}

export interface RunServerOptions {
  readonly config: LoadedConfig;
  readonly logger: Logger;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly host: HostEnvironment;
  readonly window: WindowChoice;
  readonly onOpened: (opened: Opened) => void;
  /** Prints a sentence for the user. */
  readonly print: (sentence: string) => void;
}

/** Serves the app to a browser until its window is closed or the signal is aborted. */
export async function runServer(options: RunServerOptions): Promise<void> {
  const { config, logger, version, signal, window } = options;
  const app = await createApp({ config, logger, version, signal });
  try {
    const server: DesktopServer = await startServer({
      folder: UI_FOLDER,
      moduleFile: (path) => app.moduleFile(path),
      connect: (page) => app.connect(page),
      onExpired: () =>
        void printNewAddress(options, server, 'That address is too old. Open this one instead:'),
    });
    try {
      if (window.kind === 'address') await printAddress(options, window.because, app, server);
      else await showWindow(options, window, app, server);
    } finally {
      // Close the app first: it leaves the call.
      await app.close();
      await server.close();
    }
  } finally {
    await app.close();
  }
}

/** Prints a sentence and a new address below it. */
async function printNewAddress(
  { print }: RunServerOptions,
  server: DesktopServer,
  sentence: string,
): Promise<void> {
  print(`${sentence}\n  ${await server.address()}`);
}

async function printAddress(
  options: RunServerOptions,
  because: string,
  app: DesktopApp,
  server: DesktopServer,
): Promise<void> {
  const { signal, onOpened } = options;
  const address = await server.address();
  const text = `${because}Open this address in a browser on this computer. It works once, within ten minutes:\n  ${address}\nRoomkey runs until Ctrl-C.`;
  onOpened({ window: 'address', address, text });
  const stopWatching = watchPages(app, {
    onGone: () => void printNewAddress(options, server, 'The page was closed. Open it again:'),
  });
  await aborted(signal);
  stopWatching();
}

async function showWindow(
  options: RunServerOptions,
  window: BrowserChoice,
  app: DesktopApp,
  server: DesktopServer,
): Promise<void> {
  const { config, logger, signal, host, onOpened } = options;
  const opened = await openWindow({
    window,
    host,
    address: await server.address(),
    folder: config.folders.config,
    logger,
  });
  const isWindow = window.kind === 'app-window';
  const name = isWindow ? window.browser.name : window.name;
  const text = isWindow
    ? `Roomkey opens in a window of ${name}. It ends when you close that, or with Ctrl-C.`
    : `Roomkey opens in ${name}. It ends soon after you close the page, or with Ctrl-C.`;
  onOpened({ window: window.kind, address: await server.address(), text });

  let cameOnce = false;
  let stopWatching: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    stopWatching = watchPages(app, {
      onFirst: () => {
        cameOnce = true;
        opened.onPageLoaded().catch((error: unknown) => logger.warn(String(error)));
      },
      onLate: () =>
        void printNewAddress(options, server, 'No page came yet. Where you see none, open:'),
      onGone: resolve,
    });
    void opened.ended.then((fault) => {
      if (isWindow && cameOnce) resolve();
      else if (fault !== undefined) {
        void printNewAddress(
          options,
          server,
          `${name} did not open (${fault}). Open this one instead:`,
        );
      }
    });
  });
  await Promise.race([closed, aborted(signal)]);
  stopWatching?.();
  await opened.close();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
