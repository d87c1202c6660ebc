import { setImmediate } from 'node:timers/promises';

/** Long work calls this between its steps: it gives way once every few milliseconds. */
export type Yielder = () => Promise<void> | undefined;

/** Whoever waits waits for this and for the garbage of ten thousand documents, which takes 12 ms. */
const SLICE_MS = 2;

/**
 * For one piece of work of many small steps: keeps the event loop free for others, such as video
 * frames. What is awaited between two steps may change under them.
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
