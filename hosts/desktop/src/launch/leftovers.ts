import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders of one run; the number is its process's. */
const RUN_FOLDER = /^(?:launch|browser)-(\d+)(?:-|$)/;

/** The name of a folder that one run makes and removes, or the start of it. */
export function runFolder(kind: 'launch' | 'browser'): string {
  return `${kind}-${process.pid}`;
}

/**
 * Removes what runs left that were ended by force: files with tokens that let nobody in any more,
 * and profiles of browsers.
 *
 * @param folder the person's own; it need not be there
 */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, pid] = RUN_FOLDER.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // What cannot be removed now is tried again the next time.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
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
