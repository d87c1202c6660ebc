import { chmod, lstat, readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasErrno, retryWhileBusy } from '@roomkey/core';

/**
 * Quarantines a damaged file, under a name beside it such as `rooms.damaged-2026-11-22T21-58-25Z.json`.
 * Call with the lock held, and with the path that links lead to.
 *
 * A plain rename: keeps the file byte for byte, even if an editor saves once more; works on a full
 * disk; and a killed process leaves the file under one of the two names. The missing file then is an
 * empty collection.
 *
 * @returns its path
 */
export async function quarantine(path: string): Promise<string> {
  const time = new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  const stem = `${path.replace(/\.json$/, '')}.damaged-${time}`;
  let aside = `${stem}.json`;
  // A rename would replace an existing file.
  for (let n = 2; await exists(aside); n += 1) aside = `${stem}-${n}.json`;
  await retryWhileBusy(() => rename(path, aside));
  try {
    // The editor may have created a new file that others can read.
    await chmod(aside, 0o600);
  } catch (error) {
    // The mode of another user's file cannot be changed; the folder keeps others out.
    if (!hasErrno(error, 'EPERM')) throw error;
  }
  return aside;
}

/** The quarantined files of a collection. */
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
