import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from './errno.js';

/** In ms, about 0.6 s in total: virus scanners and indexers release a small file within that. */
const PAUSES_MS = [10, 20, 40, 80, 160, 320];

/**
 * Retries a file operation while another program has the file open: Windows then refuses to open,
 * rename or remove it (EBUSY, EPERM, EACCES). On other systems EPERM and EACCES are usually
 * permanent and are thrown after the retries.
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

/** Whether the error may mean that another program has the file open. */
export function isBusy(error: unknown): boolean {
  return hasErrno(error, 'EBUSY', 'EPERM', 'EACCES');
}
