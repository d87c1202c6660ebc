import { deferred, settleOrAbort } from './deferred.js';
import { longTimeout } from './long-timeout.js';

/** Time as the code that waits sees it, so that tests can turn the hands. */
export interface Clock {
  /** Milliseconds since 1970, as the system's clock has it: may jump. */
  wallTime(): number;
  /** Milliseconds since some moment; never goes back. */
  now(): number;
  /** Calls back once, after so many ms. @returns takes it back; can be called twice */
  after(ms: number, callback: () => void): () => void;
}

/** The real one. Its timers keep no process alive. */
export const systemClock: Clock = {
  wallTime: () => Date.now(),
  now: () => performance.now(),
  // An expiry may be years away.
  after: (ms, callback) => longTimeout(callback, ms, false),
};

/**
 * Resolves after so many ms.
 *
 * @throws the reason of the abort
 */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const over = deferred<undefined>();
  const cancel = clock.after(ms, () => over.resolve(undefined));
  try {
    await settleOrAbort(over.promise, signal);
  } finally {
    cancel();
  }
}
