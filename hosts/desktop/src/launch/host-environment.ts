import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homeFolder, type Environment } from '@roomkey/core/host';

/** What decides which window can be opened here. */
export interface HostEnvironment {
  readonly platform: NodeJS.Platform;
  readonly environment: Environment;
  /** The person's home folder. */
  readonly home: string;
  /** Whether we run as root, for whom Chromium and Electron do not start. */
  readonly isRoot: boolean;
}

/** Those of this process; `environment` takes the place of its variables. */
export function currentHostEnvironment(environment: Environment): HostEnvironment {
  return {
    platform: process.platform,
    environment,
    home: homeFolder(environment),
    isRoot: process.getuid?.() === 0,
  };
}

/** Whether windows can be shown at all: on Linux there may be no display, as over SSH. */
export function hasDisplay({ platform, environment }: HostEnvironment): boolean {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  return platform === 'win32' || platform === 'darwin'
    ? true
    : isSet('DISPLAY') || isSet('WAYLAND_DISPLAY');
}

/** Whether it is a file that can be run. */
export async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    // Folders can be “run” as well.
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
