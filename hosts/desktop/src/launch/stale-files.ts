import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The name of a launch file, which has a folder of its own. */
export const LAUNCH_FILE = 'roomkey.html';

/** What one run makes and removes. */
type Kind = 'roomkey-launch' | 'browser';

/** The name of a folder that one run makes and removes, or the start of it. */
export function runFolder(kind: Kind): string {
  return `${kind}-${process.pid}`;
}

/**
 * Removes the folders of launch files that runs left which were ended by force: their tokens let
 * nobody in any more. Nothing but the file is removed with them, since a person may have a folder of
 * such a name.
 *
 * @param folder need not be there
 */
export function removeStaleLaunchFiles(folder: string): Promise<void> {
  return removeEach(folder, /^roomkey-launch-(\d+)-[A-Za-z0-9]{6}$/, async (path) => {
    await rm(join(path, LAUNCH_FILE), { force: true });
    await rmdir(path);
  });
}

/** Removes the profiles of browsers that such runs left. @param folder ours; need not be there */
export function removeStaleProfiles(folder: string): Promise<void> {
  return removeEach(folder, /^browser-(\d+)$/, (path) =>
    rm(path, { recursive: true, force: true }),
  );
}

/** @param pattern its group is the run's process */
async function removeEach(
  folder: string,
  pattern: RegExp,
  remove: (path: string) => Promise<void>,
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const [, pid] = pattern.exec(entry.name) ?? [];
    // A link is not ours, and leads to who knows where.
    if (pid === undefined || !entry.isDirectory() || isRunning(Number(pid))) continue;
    // What cannot be removed now is tried again the next time.
    await remove(join(folder, entry.name)).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
