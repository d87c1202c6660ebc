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
import { ECHO_CANCELLATION } from './chromium-features.js';
import { writeLaunchFile, type LaunchFile } from './launch-file.js';
import { removeStaleLaunchFiles, removeStaleProfiles, runFolder } from './stale-files.js';
import { startProgram, type ExitFailure } from './program.js';
import type { HostEnvironment } from './host-environment.js';

/** A window or tab of a browser. */
export type BrowserChoice = Extract<WindowChoice, { kind: 'app-window' | 'tab' }>;

export interface OpenWindowOptions {
  readonly window: BrowserChoice;
  readonly host: HostEnvironment;
  /** The address to open. It contains a token, so it is never an argument. */
  readonly address: string;
  /** The user's config folder. */
  readonly folder: string;
  readonly logger: Logger;
}

/** A window that a browser was asked to open. */
export interface OpenedWindow {
  /** Resolves when the browser ends, or the launcher that hands over to a running one. */
  readonly ended: Promise<ExitFailure>;
  /** Call when the page has loaded: removes the launch file. */
  onPageLoaded(): Promise<void>;
  /** Closes an app window and removes its files. Idempotent. */
  close(): Promise<void>;
}

/** Opens the page in a browser, through a launch file. */
export async function openWindow(options: OpenWindowOptions): Promise<OpenedWindow> {
  const { window, folder, logger } = options;
  // A profile for this run: the origin is new on every start, so nothing stored is reused.
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
      // It is useless now, and contains a token.
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

/** Writes the launch file to a place that the browser can read. */
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
      // The home folder is read-only. The address is printed if the browser cannot read the file.
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
        // Useless in a temporary profile.
        '--disable-component-update',
        // In a window of its own the other person is heard at once, without a click.
        '--autoplay-policy=no-user-gesture-required',
        // Cancels the echo of all that the page plays.
        `--enable-features=${ECHO_CANCELLATION}`,
        // The profile stores no secrets, so don't ask to unlock the keyring.
        '--password-store=basic',
      ],
    };
  }
  return window.program === undefined
    ? defaultBrowser(host, file)
    : { program: window.program, args: [file] };
}

async function nothing(): Promise<void> {
  // Nothing to remove.
}
