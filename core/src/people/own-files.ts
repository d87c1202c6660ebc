import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RoomkeyError } from '../errors/index.js';
import { writeFileAtomically } from '../util/atomic-file.js';

/** Whether something thrown by Node bears this code, such as `ENOENT`. */
export function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/**
 * Writes a JSON file of the user's own: mode 0600, in a folder made with mode 0700.
 *
 * @throws RoomkeyError `RK_STORAGE_IO`
 */
export async function writeOwnFile(path: string, content: object): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomically(path, `${JSON.stringify(content, null, 2)}\n`);
  } catch (cause) {
    throw new RoomkeyError(
      'RK_STORAGE_IO',
      `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}. Check that its folder is yours and that the disk has room.`,
      { cause },
    );
  }
}
