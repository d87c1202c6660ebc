import { readFile } from 'node:fs/promises';
import { RoomkeyError } from '../errors/index.js';
import { hasErrno, systemReason } from '../util/errno.js';
import { decodeText } from '../util/text.js';
import type { FileTrust } from './file-trust.js';

/**
 * Reads a settings file; `undefined` if it does not exist.
 *
 * @throws RoomkeyError `RK_CONFIG_INVALID` if it exists and cannot be read, `RK_FILE_UNTRUSTED` if
 * another user could have written it
 */
export async function readIfPresent(file: string, trust: FileTrust): Promise<string | undefined> {
  await trust.check(file);
  try {
    return decodeText(await readFile(file));
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return undefined;
    throw new RoomkeyError('RK_CONFIG_INVALID', `${file} cannot be read: ${systemReason(cause)}.`, {
      cause,
    });
  }
}
