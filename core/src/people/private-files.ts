import { constants } from 'node:fs';
import { chmod, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError, type ErrorCode } from '../errors/index.js';
import { toHex } from '../secure/bytes.js';
import { writeFileAtomically } from '../util/atomic-file.js';
import { isBusy, retryWhileBusy } from '../util/busy-file.js';
import { hasErrno, NotAFileError, systemReason } from '../util/errno.js';
import { followLinks } from '../util/follow-links.js';
import { decodeText } from '../util/text.js';

/**
 * The folder for an account's data on this machine.
 *
 * @param what known peers, visited rooms, or password checks of own rooms
 * @param account its public key, 32 bytes
 */
export function accountFolder(
  configFolder: string,
  what: 'people' | 'visits' | 'own-rooms',
  account: Uint8Array,
): string {
  return join(configFolder, what, toHex(account));
}

/**
 * Reads a text file of the user, in any encoding that `decodeText` knows; `undefined` if it does not
 * exist. A folder or a pipe in its place is an error at once: opening a pipe would wait for a writer
 * forever.
 *
 * @throws Node's error; the caller adds what could not be read
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  let file;
  try {
    // Windows has neither such pipes nor the flag, which is `undefined` there and counts as 0.
    const target = await followLinks(path);
    file = await retryWhileBusy(() => open(target, constants.O_RDONLY | constants.O_NONBLOCK));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    if (!(await file.stat()).isFile()) throw new NotAFileError();
    return decodeText(await file.readFile());
  } finally {
    await file.close();
  }
}

/**
 * Writes a JSON file of the user: mode 0600, in a folder created with mode 0700.
 *
 * @throws RoomkeyError `RK_STORAGE_IO`
 */
export async function writePrivateFile(path: string, content: object): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomically(path, `${JSON.stringify(content, null, 2)}\n`);
  } catch (cause) {
    throw unwritable(path, 'written', cause);
  }
}

/**
 * Removes a file of the user, if it exists.
 *
 * @throws RoomkeyError `RK_STORAGE_IO`
 */
export async function removePrivateFile(path: string): Promise<void> {
  try {
    await retryWhileBusy(() => rm(path, { force: true }));
  } catch (cause) {
    throw unwritable(path, 'removed', cause);
  }
}

/**
 * Removes a folder of the user with its content, if it exists.
 *
 * @throws RoomkeyError `RK_STORAGE_IO`
 */
export async function removePrivateFolder(path: string): Promise<void> {
  try {
    await retryWhileBusy(() => rm(path, { recursive: true, force: true }));
  } catch (cause) {
    throw unwritable(path, 'removed', cause);
  }
}

function unwritable(path: string, what: 'written' | 'removed', cause: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_IO',
    `${path} cannot be ${what}: ${systemReason(cause)}. ${isBusy(cause) ? 'Close other programs that may have it open, and check that its folder is yours.' : 'Check that its folder is yours and that the disk has room.'}`,
    { cause },
  );
}

/**
 * Makes a file readable by its owner only, with a warning if other users could read it before.
 *
 * @param what its content, for the warning
 * @param advice what to do if those users are not trusted: a sentence
 */
export async function restrictToOwner(
  path: string,
  { what, advice }: { readonly what: string; readonly advice: string },
  logger: Logger,
): Promise<void> {
  // Windows has no such bits; the user's profile is closed to other users.
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  await chmod(path, 0o600);
  logger.warn(`Other users of this computer could read ${what}; now they can’t. ${advice}`, {
    path,
    code: 'RK_FILE_EXPOSED' satisfies ErrorCode,
  });
}
