import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Logger } from '@roomkey/core/host';
import type { WindowChoice } from './choose-window.js';
import {
  defaultBrowser,
  isConfined,
  isDefaultConfined,
  type LaunchCommand,
} from './find-browser.js';
import { writeLaunchFile, type LaunchFile } from './launch-file.js';
import { removeStaleLaunchFiles, removeStaleProfiles, runFolder } from './stale-files.js';
import { startProgram, type ExitFailure } from './program.js';
import type { HostEnvironment } from './host-environment.js';

/** A window that a browser opens. */
export type BrowserChoice = Extract<WindowChoice, { kind: 'app-window' | 'tab' }>;

/** What `openWindow` takes. */
export interface OpenWindowOptions {
  readonly window: BrowserChoice;
  readonly host: HostEnvironment;
  /** Where it leads to. Bears a token, and so is never an argument. */
  readonly address: string;
  /** The person's own folder. */
  readonly folder: string;
  readonly logger: Logger;
}

/** A window that was asked for. */
export interface OpenedWindow {
  /** When the browser, or what passes on to the one that runs, has ended. */
  readonly ended: Promise<ExitFailure>;
  /** The page is there: what led to it is not needed any more. */
  onPageLoaded(): Promise<void>;
  /** Closes an app window, and removes what was made for it. Can be called twice. */
  close(): Promise<void>;
}

/** Has a browser open the page, by a file that leads to it. */
export async function openWindow(options: OpenWindowOptions): Promise<OpenedWindow> {
  const { window, folder, logger } = options;
  // For this run only: a browser remembers by origin, and the page's is new at every start.
  const profile = join(folder, runFolder('browser'));
  await removeStaleLaunchFiles(folder);
  await removeStaleProfiles(folder);
  const file = await writeReadableFile(options);
  const command = await commandOf(options, file.path, profile);
  if (command === undefined) {
    await file.remove();
    const fault = 'there is no xdg-open here';
    return { ended: Promise.resolve(fault), onPageLoaded: nothing, close: nothing };
  }
  const program = startProgram(command, options.host.environment, logger);
  return {
    ended: program.ended.then(async (fault) => {
      // Nobody is led on by it any more, and it bears a token.
      if (fault !== undefined) await file.remove();
      return fault;
    }),
    onPageLoaded: () => file.remove(),
    async close() {
      await file.remove();
      if (window.kind === 'tab') return;
      program.stop();
      await program.ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Writes the launch file where the browser can read it. */
async function writeReadableFile(options: OpenWindowOptions): Promise<LaunchFile> {
  const { window, host, address, folder } = options;
  const isSnap =
    window.kind === 'tab' &&
    (await (window.program === undefined ? isDefaultConfined(host) : isConfined(window.program)));
  if (isSnap) {
    await removeStaleLaunchFiles(host.home);
    try {
      return await writeLaunchFile(host.home, address);
    } catch {
      // A home that cannot be written to; the address is printed where the file is not read.
    }
  }
  return await writeLaunchFile(folder, address);
}

async function commandOf(
  { window, host }: OpenWindowOptions,
  file: string,
  profile: string,
): Promise<LaunchCommand | undefined> {
  if (window.kind === 'app-window') {
    return {
      program: window.browser.path,
      args: [
        `--app=${pathToFileURL(file).href}`,
        `--user-data-dir=${profile}`,
        '--no-first-run',
        '--no-default-browser-check',
        // Not for a profile of one run.
        '--disable-component-update',
        // Nothing is kept in this profile for which the person's key ring need be unlocked.
        '--password-store=basic',
      ],
    };
  }
  return window.program === undefined
    ? defaultBrowser(host, file)
    : { program: window.program, args: [file] };
}

async function nothing(): Promise<void> {
  // There is nothing to remove.
}
