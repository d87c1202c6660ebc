import { hasCode } from '../errors/index.js';

const MAX_ATTEMPTS = 8;

/**
 * Reads, changes and writes a document again where somebody else wrote meanwhile, a bounded number
 * of times.
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
  }
}
