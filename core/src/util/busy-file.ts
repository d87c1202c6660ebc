import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from './errno.js';

/** In ms; together about 0.6 s, in which a virus scanner or an indexer has let go of a small file. */
const PAUSES_MS = [10, 20, 40, 80, 160, 320];

/**
 * Does something with a file, and again for a moment where another program has it: Windows then
 * refuses to open, rename or remove it (EBUSY, EPERM, EACCES). On other systems the last two mostly
 * stay so, and are thrown that moment later.
 *
 * @throws what the last attempt throws
 */
export async function retryWhileBusy<T>(operation: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES_MS) {
    try {
      return await operation();
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    await sleep(pause);
  }
  return operation();
}

/** Whether another program may have the file. */
export function isBusy(error: unknown): boolean {
  return hasErrno(error, 'EBUSY', 'EPERM', 'EACCES');
}
