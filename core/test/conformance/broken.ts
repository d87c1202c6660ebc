import type { Storage } from '@roomkey/core';
import { MemoryStorage, type MemoryBackend } from '@roomkey/core/conformance';

/** The fault of a store, how to create it, and exactly the cases that it fails. */
export type Broken = readonly [
  what: string,
  create: (backend: MemoryBackend) => Storage,
  failing: readonly string[],
];

type Change = (inner: MemoryStorage, backend: MemoryBackend) => Partial<Storage>;

/** An in-memory store with a fault. */
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

/** Yields to everything else. */
export const pause = () => new Promise((resolve) => setImmediate(resolve));
