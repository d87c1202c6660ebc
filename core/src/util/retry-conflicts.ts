import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../errors/index.js';

const MAX_ATTEMPTS = 24;
const LONGEST_PAUSE_MS = 50;

/**
 * Reads, changes and writes a document again where somebody else wrote meanwhile, a bounded number
 * of times, with pauses at random, so that those who compete do not come in step.
 *
 * @param attempt reads anew each time
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
