import type { Storage } from '@roomkey/core';
import { MemoryStorage, type MemoryBackend } from '@roomkey/core/conformance';

/** What is wrong with a store, how to make it, and the cases at which it fails: these and no others. */
export type Broken = readonly [
  what: string,
  create: (backend: MemoryBackend) => Storage,
  failing: readonly string[],
];

type Change = (inner: MemoryStorage, backend: MemoryBackend) => Partial<Storage>;

/** A store in memory with something wrong in it. */
export function broken(change: Change): (backend: MemoryBackend) => Storage {
  return (backend) => {
    const inner = new MemoryStorage(backend);
    const good: Storage = {
      get: (...args) => inner.get(...args),
      list: (...args) => inner.list(...args),
      insert: (...args) => inner.insert(...args),
      replace: (...args) => inner.replace(...args),
      remove: (...args) => inner.remove(...args),
      watch: (...args) => inner.watch(...args),
    };
    return { ...good, ...change(inner, backend) };
  };
}

/** Lets everything else go on. */
export const pause = () => new Promise((resolve) => setImmediate(resolve));
