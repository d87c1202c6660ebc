import { deferred, settleOrAbort } from './deferred.js';

/** Longest delay of `setTimeout`, ms; a longer one fires at once (HTML, 8.6). */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * `setTimeout` for delays of any length.
 *
 * @param ms may be infinite
 * @param keepsAlive whether the timer keeps the process alive
 * @returns cancels it; idempotent
 */
export function longTimeout(callback: () => void, ms: number, keepsAlive = true): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const next = Math.min(left, MAX_TIMEOUT_MS);
    timer = setTimeout(() => {
      if (left > next) wait(left - next);
      else callback();
    }, next);
    if (!keepsAlive) timer.unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** Waits for a delay of any length, or rejects with the signal's reason. */
export async function longDelay(ms: number, signal: AbortSignal): Promise<void> {
  const over = deferred<undefined>();
  const stop = longTimeout(() => over.resolve(undefined), ms);
  try {
    await settleOrAbort(over.promise, signal);
  } finally {
    stop();
  }
}
