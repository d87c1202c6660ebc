import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../errors/index.js';

const MAX_ATTEMPTS = 24;
const LONGEST_PAUSE_MS = 50;

/**
 * Retries a read-change-write after a conflicting write, a bounded number of times, with random
 * pauses so that competing writers do not stay in step.
 *
 * @param attempt must read again each time
 * @throws what the last attempt threw
 */
export async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const lost = hasCode(error, 'RK_STORAGE_CONFLICT') || hasCode(error, 'RK_STORAGE_EXISTS');
      if (!lost || attempts >= MAX_ATTEMPTS) throw error;
    }
    await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** attempts));
  }
}
