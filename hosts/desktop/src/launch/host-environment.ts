import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homeFolder, type Environment } from '@roomkey/core/host';

/** The facts that decide which window can be opened. */
export interface HostEnvironment {
  readonly platform: NodeJS.Platform;
  readonly environment: Environment;
  /** The user's home folder. */
  readonly home: string;
  /** Whether this process runs as root: Chromium and Electron refuse to start then. */
  readonly isRoot: boolean;
}

/** Describes this process; `environment` replaces its environment variables. */
export function currentHostEnvironment(environment: Environment): HostEnvironment {
  return {
    platform: process.platform,
    environment,
    home: homeFolder(environment),
    isRoot: process.getuid?.() === 0,
  };
}

/** Whether windows can be shown. On Linux there may be no display, as over SSH. */
export function hasDisplay({ platform, environment }: HostEnvironment): boolean {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  return platform === 'win32' || platform === 'darwin'
    ? true
    : isSet('DISPLAY') || isSet('WAYLAND_DISPLAY');
}

/** Whether the path is an executable file. */
export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    // Folders have the X bit too.
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
