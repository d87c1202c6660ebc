import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What one run makes and removes. */
type Kind = 'roomkey-launch' | 'browser';

/** The name of a folder that one run makes and removes, or the start of it. */
export function runFolder(kind: Kind): string {
  return `${kind}-${process.pid}`;
}

/**
 * Removes what runs left that were ended by force: files with tokens that let nobody in any more,
 * and profiles of browsers.
 *
 * @param folder need not be there
 * @param kinds what is ours there
 */
export async function removeLeftovers(folder: string, ...kinds: readonly Kind[]): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    // The number is the run's process.
    const [, kind, pid] = /^([a-z-]+)-(\d+)(?:-|$)/.exec(name) ?? [];
    if (!kinds.some((one) => one === kind) || isRunning(Number(pid))) continue;
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
