import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError } from '../errors/index.js';
import { restrictToOwner, readPrivateFile } from '../people/private-files.js';
import { fromHex, toHex, utf8 } from '../secure/bytes.js';
import { retryWhileBusy } from '../util/busy-file.js';
import { hasErrno } from '../util/errno.js';
import { followLinks } from '../util/follow-links.js';

/** The key's file in the user's config folder. */
export const DIRECTORY_KEY_FILE = 'directory.key';

/** What the file says. */
export function directoryKeyText(key: Uint8Array): string {
  return `${toHex(key)}\n`;
}

/** What the file holds, as the warning says it. */
const DIRECTORY_KEY = {
  what: 'the directory key',
  advice:
    'If you don’t trust them, quit Roomkey and remove the file: a new key is created, which cannot read endpoints stored under the old one.',
};

/**
 * The key under which endpoints are sealed: 32 random bytes, as 64 hexadecimal digits in
 * `directory.key` in the user's config folder, mode 0600. Made on first use; two processes that make
 * it at once get the same one. A file that others can read is closed to them, with a warning.
 *
 * @throws RoomkeyError `RK_STORAGE_IO` where the file cannot be read or written,
 * `RK_STORAGE_DAMAGED` where it holds something else; it is left as it is.
 */
export async function loadDirectoryKey(configFolder: string, logger: Logger): Promise<Uint8Array> {
  const path = join(configFolder, DIRECTORY_KEY_FILE);
  let text: string;
  try {
    text = (await readPrivateFile(path)) ?? (await create(configFolder, await followLinks(path)));
    await restrictToOwner(path, DIRECTORY_KEY, logger);
  } catch (cause) {
    throw new RoomkeyError(
      'RK_STORAGE_IO',
      `The directory key ${path} cannot be read or written. Check that the folder is yours and that the disk has room.`,
      { cause },
    );
  }
  if (!/^[0-9a-f]{64}\s*$/i.test(text)) {
    throw new RoomkeyError(
      'RK_STORAGE_DAMAGED',
      `The directory key ${path} is damaged. Restore it from a copy; or remove it, and a new one is created, which cannot read endpoints stored under the old one.`,
    );
  }
  return fromHex(text.trim());
}

/**
 * Writes a temporary file and links it to its place: unlike a rename, a link fails if another process
 * was first, and no reader sees half a key.
 */
async function create(folder: string, path: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const text = directoryKeyText(randomBytes(32));
  const temporary = `${path}.${String(process.pid)}.${toHex(randomBytes(6))}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(utf8(text));
      await file.sync();
    } finally {
      await file.close();
    }
    await retryWhileBusy(() => link(temporary, path));
    return text;
  } catch (error) {
    const made = hasErrno(error, 'EEXIST') ? await readPrivateFile(path) : undefined;
    if (made !== undefined) return made;
    throw error;
  } finally {
    await retryWhileBusy(() => rm(temporary, { force: true }));
  }
}
