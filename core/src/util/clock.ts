import { deferred, settleOrAbort } from './deferred.js';
import { longTimeout } from './long-timeout.js';

/** A clock with timers that tests can replace. */
export interface Clock {
  /** System time: milliseconds since 1970. May jump. */
  wallTime(): number;
  /** Monotonic time, ms, with an arbitrary origin. */
  now(): number;
  /** Calls back once, after `ms` milliseconds. @returns cancels it; idempotent */
  after(ms: number, callback: () => void): () => void;
}

/** The real clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  wallTime: () => Date.now(),
  now: () => performance.now(),
  // Not `setTimeout`: an expiry may be years away.
  after: (ms, callback) => longTimeout(callback, ms, false),
};

/**
 * Resolves after `ms` milliseconds.
 *
 * @throws the signal's abort reason
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
