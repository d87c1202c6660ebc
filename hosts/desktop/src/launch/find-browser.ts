import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { childEnvironment } from '@roomkey/core/host';
import { isProgram, type HostEnvironment } from './host-environment.js';

/** A browser that has windows without tabs and address bar (`--app`). */
export interface AppBrowser {
  /** What people call it. */
  readonly name: string;
  readonly path: string;
}

/** A program and its arguments. */
export interface LaunchCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** How long the system may take to say which browser is the default one, in ms. */
const ANSWER_MS = 5_000;

/** Names of programs on Linux, with what people call them; the first that is there is taken. */
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

/** A browser of Chromium's family, where this machine has one. */
export async function findAppBrowser(host: HostEnvironment): Promise<AppBrowser | undefined> {
  for (const browser of candidates(host)) {
    if ((await isProgram(browser.path)) && !(await isConfined(browser.path))) return browser;
  }
  return undefined;
}

/** What a person named by its path, where it is of Chromium's family. */
export function namedAppBrowser(path: string): AppBrowser | undefined {
  const file = basename(path.replaceAll('\\', '/'));
  return /chrom|edge|brave|vivaldi|opera/i.test(file) ? { name: file, path } : undefined;
}

/** Whether there is a program that a person named: by its path, or as one of PATH. */
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

/** Whether a browser is a snap or a flatpak: those see nothing of what lies in a hidden folder. */
export async function isConfined(program: string): Promise<boolean> {
  const path = await realpath(program).catch(() => program);
  return [program, path].some((one) => /^\/snap\/|\/flatpak\/|\/usr\/bin\/snap$/.test(one));
}

/**
 * Whether the person's default browser is a snap, as Firefox is on Ubuntu: it is handed the path of
 * a file, and a flatpak the file. A snap's desktop files are called SNAP_APP.desktop, and nobody
 * else's have an underscore after a name without dots.
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
  // One that will not end is ended, and not waited for.
  const limits = { env, timeout, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(asked, question, limits).catch(() => ({
    stdout: '',
  }));
  return /^[a-z0-9-]+_[\w-]+\.desktop$/i.test(stdout.trim());
}

/** Opens a file with the person's default browser. */
export async function defaultBrowser(
  host: HostEnvironment,
  file: string,
): Promise<LaunchCommand | undefined> {
  const { platform, environment } = host;
  if (platform === 'darwin') return { program: '/usr/bin/open', args: [file] };
  if (platform === 'win32') {
    const windows = environment['SYSTEMROOT'] ?? environment['SystemRoot'] ?? 'C:\\Windows';
    // Unlike `start` it is no command of the shell's, which would take a path apart at `&`.
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
