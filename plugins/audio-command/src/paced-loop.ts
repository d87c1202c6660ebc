import { setTimeout as delay } from 'node:timers/promises';
import { captureTime, IntervalPacer, type PacerClock } from '@roomkey/core';

/** The clock of `capturedAt`, with timers that tests can replace. */
export const audioClock: PacerClock = {
  now: captureTime,
  wait: (ms, signal) => delay(ms, undefined, { signal }),
};

/** After a stall, the time that is made up for, ms; what was before is left out. */
const CATCH_UP_MS = 200;

/**
 * Calls `step` for each interval that has passed, in order: by absolute time, so that a late timer
 * costs nothing. Ends when the signal is aborted; a rejection of `step` ends it too.
 *
 * @param step is told when its interval began; after a stall there are gaps
 */
export async function everyInterval(
  clock: PacerClock,
  intervalMs: number,
  signal: AbortSignal,
  step: (began: number) => void | Promise<void>,
): Promise<void> {
  const start = clock.now();
  const pacer = new IntervalPacer(1000 / intervalMs, clock);
  let done = 0;
  while (!signal.aborted) {
    let tick: number;
    try {
      tick = await pacer.next(signal);
    } catch {
      // Only an abort ends the wait.
      return;
    }
    done = Math.max(done, tick - CATCH_UP_MS / intervalMs);
    for (; done < tick; done++) await step(start + done * intervalMs);
  }
}
