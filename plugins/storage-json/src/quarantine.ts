import { chmod, lstat, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasErrno, retryWhileBusy } from '@roomkey/core';

/**
 * Keeps a damaged file aside, under a name beside it such as `rooms.damaged-2026-11-22T21-58-25Z.json`.
 * To be called by the holder of the lock, for the file itself where a link leads to it.
 *
 * By nothing but a rename: what is there at that moment is kept, byte for byte, even where an editor
 * saves once more; a full disk does not matter; and whoever is killed leaves the file under one of
 * the two names. What then is no longer there is an empty collection.
 *
 * @returns its path
 */
export async function quarantine(path: string): Promise<string> {
  const time = new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  const stem = `${path.replace(/\.json$/, '')}.damaged-${time}`;
  let aside = `${stem}.json`;
  // A rename would replace what bears the name.
  for (let n = 2; await exists(aside); n += 1) aside = `${stem}-${n}.json`;
  await retryWhileBusy(() => rename(path, aside));
  try {
    // The editor may have made a new file, which others can read.
    await chmod(aside, 0o600);
  } catch (error) {
    // Somebody else's file stays as they made it; the folder keeps others out.
    if (!hasErrno(error, 'EPERM')) throw error;
  }
  return aside;
}

/** The files of a collection that are kept aside. */
export async function findQuarantined(path: string): Promise<string[]> {
  const folder = dirname(path);
  const start = `${basename(path, '.json')}.damaged-`;
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.startsWith(start)).map((name) => join(folder, name));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
