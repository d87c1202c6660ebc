import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** File name of a launch file, which has a folder of its own. */
export const LAUNCH_FILE = 'roomkey.html';

/** What a run creates and removes. */
type Kind = 'roomkey-launch' | 'browser';

/** Name, or prefix, of a folder that this run creates and removes. */
export function runFolder(kind: Kind): string {
  return `${kind}-${process.pid}`;
}

/**
 * Removes the launch files of killed runs; their tokens are no longer valid. Deletes only the file
 * and its empty folder: a user's folder may have such a name.
 *
 * @param folder need not exist
 */
export function removeStaleLaunchFiles(folder: string): Promise<void> {
  return removeEach(folder, /^roomkey-launch-(\d+)-[A-Za-z0-9]{6}$/, async (path) => {
    await rm(join(path, LAUNCH_FILE), { force: true });
    await rmdir(path);
  });
}

/** Removes the browser profiles of killed runs. @param folder Roomkey's own; need not exist */
export function removeStaleProfiles(folder: string): Promise<void> {
  return removeEach(folder, /^browser-(\d+)$/, (path) =>
    rm(path, { recursive: true, force: true }),
  );
}

/** @param pattern its first group is the run's process id */
async function removeEach(
  folder: string,
  pattern: RegExp,
  remove: (path: string) => Promise<void>,
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const [, pid] = pattern.exec(entry.name) ?? [];
    // Roomkey creates no links; following one could delete anything.
    if (pid === undefined || !entry.isDirectory() || isRunning(Number(pid))) continue;
    // A later run tries again.
    await remove(join(folder, entry.name)).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
