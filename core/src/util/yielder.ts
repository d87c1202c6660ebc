import { setImmediate } from 'node:timers/promises';

/**
 * Yields to the event loop if the time slice is used up. Call it between the steps of long work.
 */
export type Yielder = () => Promise<void> | undefined;

/** Yield every 2 ms; a GC pause after ten thousand documents may add 12 ms. */
const SLICE_MS = 2;

/**
 * Creates the yielder of one piece of work with many small steps, so that the event loop stays free
 * for video frames. State may change during each await.
 */
export function createYielder(): Yielder {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
