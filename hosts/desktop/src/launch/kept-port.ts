import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readOwnFile } from '@roomkey/core/host';

/** What was started, and whether on the port that is always ours. */
export interface OnPort<T> {
  readonly started: T;
  /** False beside another Roomkey of the same person, or where somebody else has the port. */
  readonly isKept: boolean;
}

/**
 * Starts a server on the port that it had the last time, or, the first time and where that port is
 * taken, on one of the system's choice. A browser keeps what it knows by origin, and that has the
 * port in it: whether the camera is allowed, and the names of the cameras (`deviceId`).
 *
 * @param folder where the port is kept; where it cannot be, the next start has another one
 */
export async function startOnKeptPort<T extends { readonly port: number }>(
  folder: string,
  start: (port: number) => Promise<T>,
): Promise<OnPort<T>> {
  const file = join(folder, 'desktop-port');
  const kept = Number(await readOwnFile(file).catch(() => '0'));
  if (Number.isInteger(kept) && kept > 1023 && kept < 65_536) {
    try {
      return { started: await start(kept), isKept: true };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
      return { started: await start(0), isKept: false };
    }
  }
  const started = await start(0);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Whatever else stands there is not written into: a pipe would wait for a reader forever.
    await rm(file, { force: true });
    await writeFile(file, `${started.port}\n`, { mode: 0o600, flag: 'wx' });
  } catch {
    // A full or read-only disk: browsers will ask for the camera again, and that is all.
  }
  return { started, isKept: true };
}
