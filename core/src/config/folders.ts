import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import type { Environment } from './environment.js';

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
 * both into a folder of one's choice.
 */
export function userFolders(
  environment: Environment,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): UserFolders {
  // An empty or relative folder would depend on where the command is run (so says XDG, too).
  const folder = (name: string, otherwise: string): string => {
    const value = environment[name];
    return value !== undefined && isAbsolute(value) ? value : otherwise;
  };
  const own = environment['ROOMKEY_HOME'];
  if (own !== undefined && own !== '') {
    return { config: join(own, 'config'), data: join(own, 'data') };
  }
  if (platform === 'darwin') {
    const support = join(home, 'Library', 'Application Support', 'Roomkey');
    return { config: join(support, 'config'), data: join(support, 'data') };
  }
  if (platform === 'win32') {
    return {
      config: join(folder('APPDATA', join(home, 'AppData', 'Roaming')), 'Roomkey'),
      data: join(folder('LOCALAPPDATA', join(home, 'AppData', 'Local')), 'Roomkey', 'data'),
    };
  }
  return {
    config: join(folder('XDG_CONFIG_HOME', join(home, '.config')), 'roomkey'),
    data: join(folder('XDG_DATA_HOME', join(home, '.local', 'share')), 'roomkey'),
  };
}

/**
 * Makes the folders where they are missing, for their owner only.
 *
 * @throws RoomkeyError `RK_STORAGE_IO`
 */
export async function makeFolders(folders: UserFolders): Promise<void> {
  for (const folder of [folders.config, folders.data]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new RoomkeyError(
        'RK_STORAGE_IO',
        `The folder ${folder} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}. Make the one above it writable, or choose another place with ROOMKEY_HOME.`,
        { cause },
      );
    }
  }
}
