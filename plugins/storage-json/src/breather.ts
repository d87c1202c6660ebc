import { setImmediate } from 'node:timers/promises';

/** Long work calls this between its steps: it gives way once every few milliseconds. */
export type Breather = () => Promise<void> | undefined;

const SLICE_MS = 4;

/** For one piece of work: keeps the event loop free for others, such as video frames. */
export function createBreather(): Breather {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
