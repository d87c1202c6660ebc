import { deferred, settleOrAbort } from './deferred.js';

/** The longest delay of `setTimeout`, ms; one that is longer fires at once. HTML, 8.6. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * As `setTimeout`, for delays of any length.
 *
 * @param ms also infinite
 * @param keepsAlive whether the process stays for it
 * @returns takes it back; can be called twice
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

/** Waits so many ms, of any number, or rejects with the signal's reason. */
export async function longDelay(ms: number, signal: AbortSignal): Promise<void> {
  const over = deferred<undefined>();
  const stop = longTimeout(() => over.resolve(undefined), ms);
  try {
    await settleOrAbort(over.promise, signal);
  } finally {
    stop();
  }
}
