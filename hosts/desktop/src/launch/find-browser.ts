import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '@roomkey/core/host';
import { isProgram, type HostEnvironment } from './host-environment.js';

/** A browser that supports windows without tabs and address bar (`--app`). */
export interface AppBrowser {
  /** Display name. */
  readonly name: string;
  readonly path: string;
}

/** A program to start and its arguments. */
export interface LaunchCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** Limit for the query of the default browser, ms. */
const ANSWER_MS = 5_000;

/** Linux program names with their display names, in order of preference. */
const linuxPrograms: readonly (readonly [string, string])[] = [
  ['chromium', 'Chromium'],
  ['chromium-browser', 'Chromium'],
  ['google-chrome-stable', 'Chrome'],
  ['google-chrome', 'Chrome'],
  ['microsoft-edge-stable', 'Edge'],
  ['microsoft-edge', 'Edge'],
  ['brave-browser', 'Brave'],
  ['brave', 'Brave'],
];

const macApps = [
  ['Google Chrome', 'Chrome'],
  ['Chromium', 'Chromium'],
  ['Microsoft Edge', 'Edge'],
  ['Brave Browser', 'Brave'],
] as const;

const windowsPrograms = [
  ['Google\\Chrome\\Application\\chrome.exe', 'Chrome'],
  ['Microsoft\\Edge\\Application\\msedge.exe', 'Edge'],
  ['Chromium\\Application\\chrome.exe', 'Chromium'],
  ['BraveSoftware\\Brave-Browser\\Application\\brave.exe', 'Brave'],
] as const;

/** Finds a Chromium-based browser on this computer. */
export async function findAppBrowser(host: HostEnvironment): Promise<AppBrowser | undefined> {
  for (const browser of candidates(host)) {
    if ((await isProgram(browser.path)) && !(await isConfined(browser.path))) return browser;
  }
  return undefined;
}

/** Treats a path from the user as a Chromium-based browser, if its file name looks like one. */
export function namedAppBrowser(path: string): AppBrowser | undefined {
  const file = basename(path.replaceAll('\\', '/'));
  return /chrom|edge|brave|vivaldi|opera/i.test(file) ? { name: file, path } : undefined;
}

/** Whether a program exists, given by path or by its name on PATH. */
export async function programExists(
  { platform, environment }: HostEnvironment,
  named: string,
): Promise<boolean> {
  const folders = /[\\/]/.test(named) ? [''] : (environment['PATH'] ?? '').split(delimiter);
  const files = platform === 'win32' ? [named, `${named}.exe`] : [named];
  for (const path of folders.flatMap((folder) => files.map((file) => join(folder, file)))) {
    if (await isProgram(path)) return true;
  }
  return false;
}

function candidates({ platform, environment, home }: HostEnvironment): AppBrowser[] {
  if (platform === 'darwin') {
    return ['/Applications', join(home, 'Applications')].flatMap((folder) =>
      macApps.map(([app, name]) => ({
        name,
        path: join(folder, `${app}.app`, 'Contents/MacOS', app),
      })),
    );
  }
  if (platform === 'win32') {
    const folders = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap(
      (variable) => environment[variable] ?? [],
    );
    return windowsPrograms.flatMap(([path, name]) =>
      folders.map((folder) => ({ name, path: `${folder}\\${path}` })),
    );
  }
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return linuxPrograms.flatMap(([program, name]) =>
    folders.map((folder) => ({ name, path: join(folder, program) })),
  );
}

/** Whether a program is a snap or flatpak: those cannot read hidden folders. */
export async function isConfined(program: string): Promise<boolean> {
  const path = await realpath(program).catch(() => program);
  return [program, path].some((one) => /^\/snap\/|\/flatpak\/|\/usr\/bin\/snap$/.test(one));
}

/**
 * Whether the default browser is a snap, as Firefox is on Ubuntu. A snap only gets the path of the
 * file to open; a flatpak gets the file itself. The desktop file of a snap is named
 * SNAP_APP.desktop; no others have an underscore after a name without dots.
 */
export async function isDefaultConfined(
  host: HostEnvironment,
  timeout = ANSWER_MS,
): Promise<boolean> {
  const { platform, environment } = host;
  const env = childEnvironment({}, environment);
  if (platform !== 'linux') return false;
  const asked = await findOnPath(host, 'xdg-mime');
  if (asked === undefined) return false;
  const question = ['query', 'default', 'text/html'];
  // Kill it if it hangs.
  const limits = { env, timeout, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(asked, question, limits).catch(() => ({
    stdout: '',
  }));
  return /^[a-z0-9-]+_[\w-]+\.desktop$/i.test(stdout.trim());
}

/** Returns the command that opens a file in the default browser. */
export async function defaultBrowser(
  host: HostEnvironment,
  file: string,
): Promise<LaunchCommand | undefined> {
  const { platform, environment } = host;
  if (platform === 'darwin') return { program: '/usr/bin/open', args: [file] };
  if (platform === 'win32') {
    const windows = environment['SYSTEMROOT'] ?? environment['SystemRoot'] ?? 'C:\\Windows';
    // Unlike `start` this is not a shell built-in, which would split a path at `&`.
    return {
      program: `${windows}\\System32\\rundll32.exe`,
      args: ['url.dll,FileProtocolHandler', file],
    };
  }
  const program = await findOnPath(host, 'xdg-open');
  return program === undefined ? undefined : { program, args: [file] };
}

async function findOnPath(
  { environment }: HostEnvironment,
  name: string,
): Promise<string | undefined> {
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    const program = join(folder, name);
    if (folder !== '' && (await isProgram(program))) return program;
  }
  return undefined;
}
