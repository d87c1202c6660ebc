import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { retryWhileBusy } from './busy-file.js';
import { followLinks } from './follow-links.js';

/**
 * Replaces a file so that every reader, also after a crash or a power cut, finds the old content or
 * the new one, whole: a temporary file beside it, fsync, rename, fsync of the folder. Mode 0600, or
 * stricter where the old file was.
 *
 * A symbolic link stays, and the file to which it leads is replaced, in its own folder. Of a file
 * with several names (hard links) only this one gets the new content.
 *
 * Pieces are written one after another, so that long content need not be put together at once.
 * Whatever fails is thrown as Node gives it, and the old file stands. A file that another program
 * has for a moment, as a virus scanner on Windows, is tried again for 0.6 s.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array | Iterable<string>,
): Promise<void> {
  const target = await followLinks(path);
  const temporary = `${target}.${String(process.pid)}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const mode = await stat(path).then(
      (before) => before.mode & 0o600,
      () => 0o600,
    );
    const file = await open(temporary, 'wx', mode);
    try {
      const pieces = isWhole(content) ? [content] : content;
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await retryWhileBusy(() => rename(temporary, target));
  } catch (error) {
    await retryWhileBusy(() => rm(temporary, { force: true }));
    throw error;
  }
  // Windows cannot open a folder; NTFS journals the rename by itself.
  if (process.platform === 'win32') return;
  const folder = await open(dirname(target), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isWhole(content: string | Uint8Array | Iterable<string>): content is string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array;
}
