import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import type { Environment } from '../util/environment.js';
import { systemReason } from '../util/errno.js';

/** A person's own folders on this machine. */
export interface UserFolders {
  /** Secrets and settings. */
  readonly config: string;
  /** What plugins keep. */
  readonly data: string;
}

/**
 * Where the system wants a person's files: the XDG Base Directory Specification on Linux,
 * Application Support on macOS, `%APPDATA%` and `%LOCALAPPDATA%` on Windows. `ROOMKEY_HOME` puts
 * both into a folder of one's choice. What is set to nothing counts as not set.
 *
 * @throws RoomkeyError `RK_CONFIG_INVALID` where a folder would depend on where one starts
 */
export function userFolders(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
  home?: string,
): UserFolders {
  const own = environment['ROOMKEY_HOME'];
  if (own !== undefined && own !== '') {
    if (!isAbsolute(own)) {
      throw new RoomkeyError(
        'RK_CONFIG_INVALID',
        `ROOMKEY_HOME is ${own}, which is another folder wherever Roomkey is started. Give it a whole path.`,
      );
    }
    return { config: join(own, 'config'), data: join(own, 'data') };
  }
  // A relative folder would depend on where the command is run (so says XDG, too).
  const folder = (name: string, ...otherwise: readonly string[]): string => {
    const value = environment[name];
    return value !== undefined && isAbsolute(value)
      ? value
      : join(home ?? homeFolder(environment, platform), ...otherwise);
  };
  if (platform === 'darwin') {
    const support = join(
      home ?? homeFolder(environment, platform),
      'Library',
      'Application Support',
      'Roomkey',
    );
    return { config: join(support, 'config'), data: join(support, 'data') };
  }
  if (platform === 'win32') {
    return {
      config: join(folder('APPDATA', 'AppData', 'Roaming'), 'Roomkey'),
      data: join(folder('LOCALAPPDATA', 'AppData', 'Local'), 'Roomkey', 'data'),
    };
  }
  return {
    config: join(folder('XDG_CONFIG_HOME', '.config'), 'roomkey'),
    data: join(folder('XDG_DATA_HOME', '.local', 'share'), 'roomkey'),
  };
}

/**
 * The person's home folder: HOME, on Windows USERPROFILE, or what the system knows where that is not
 * a whole path. Node's own `homedir()` gives whatever HOME says, also nothing.
 *
 * @throws RoomkeyError `RK_CONFIG_INVALID` where there is none
 */
export function homeFolder(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  const variable = platform === 'win32' ? 'USERPROFILE' : 'HOME';
  for (const folder of [environment[variable], systemHome()]) {
    if (folder !== undefined && isAbsolute(folder)) return folder;
  }
  throw new RoomkeyError(
    'RK_CONFIG_INVALID',
    `You have no home folder here. Set ${variable}, or ROOMKEY_HOME, to the whole path of a folder of your own.`,
  );
}

function systemHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    // A number without an account, as in containers.
    return undefined;
  }
}

/**
 * Makes the folders where they are missing, for their owner only.
 *
 * @throws RoomkeyError `RK_STORAGE_IO`
 */
export async function createFolders(folders: UserFolders): Promise<void> {
  for (const folder of [folders.config, folders.data]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new RoomkeyError(
        'RK_STORAGE_IO',
        `The folder ${folder} cannot be made: ${systemReason(cause)}. Make the one above it writable, or choose another place with ROOMKEY_HOME.`,
        { cause },
      );
    }
  }
}
