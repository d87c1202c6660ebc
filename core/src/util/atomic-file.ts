import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { retryWhileBusy } from './busy-file.js';
import { followLinks } from './follow-links.js';

/**
 * Replaces a file atomically: every reader, even after a crash or a power cut, finds the complete
 * old or new content. Writes a temporary file next to it, then fsync, rename, fsync of the folder.
 * Mode 0600, or stricter if the old file was.
 *
 * Follows a symbolic link and replaces its target in the target's folder. Of a file with several
 * hard links, only this name gets the new content.
 *
 * Pieces are written one after another, so long content need not be joined in memory. On an error,
 * which is thrown as Node gives it, the old file stays. Retries for 0.6 s while another program,
 * such as a virus scanner on Windows, has the file open.
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
  // Windows cannot open a folder; NTFS journals the rename.
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
