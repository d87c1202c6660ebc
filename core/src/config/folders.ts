import { mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import type { Environment } from '../util/environment.js';
import { systemReason } from '../util/errno.js';

/** The user's folders on this machine. */
export interface UserFolders {
  /** Secrets and settings. */
  readonly config: string;
  /** Data of plugins. */
  readonly data: string;
}

/**
 * The platform's folders for user files: XDG Base Directory Specification on Linux, Application
 * Support on macOS, `%APPDATA%` and `%LOCALAPPDATA%` on Windows. `ROOMKEY_HOME` overrides both.
 * Empty variables count as unset.
 *
 * @throws RoomkeyError `RK_CONFIG_INVALID` if a folder would depend on the working directory
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
        `ROOMKEY_HOME is ${own}, a relative path. Set it to an absolute path.`,
      );
    }
    return { config: join(own, 'config'), data: join(own, 'data') };
  }
  // A relative folder would depend on the working directory; XDG ignores it too.
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
 * The home folder: HOME (USERPROFILE on Windows), or the system's own record if that is not an
 * absolute path. Node's `homedir()` returns any value of HOME, even an empty one.
 *
 * @throws RoomkeyError `RK_CONFIG_INVALID` if there is none
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
    `No home folder found. Set ${variable} or ROOMKEY_HOME to the absolute path of a folder of your own.`,
  );
}

function systemHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    // A user id without an account, as in containers.
    return undefined;
  }
}

/**
 * Creates missing folders with mode 0700.
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
        `The folder ${folder} cannot be created: ${systemReason(cause)}. Make its parent folder writable, or set ROOMKEY_HOME to a different folder.`,
        { cause },
      );
    }
  }
}
