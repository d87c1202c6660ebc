import { describe, expect, it, test } from 'vitest';
import type { Storage } from '@roomkey/core';
import {
  MemoryBackend,
  MemoryStorage,
  storageConformance,
  type StorageConformanceOptions,
} from '@roomkey/core/conformance';
import { failingCases } from '../../../test/support/failing-cases.js';
import { BROKEN_STORES } from './broken-storage.js';
import { BROKEN_WATCHES } from './broken-watch.js';

const BROKEN = [...BROKEN_STORES, ...BROKEN_WATCHES];

function inMemory(create: (backend: MemoryBackend) => Storage): StorageConformanceOptions {
  return {
    timeoutMs: 1_000,
    open: async () => {
      const backend = new MemoryBackend();
      return {
        storage: create(backend),
        reopen: async () => create(backend),
        close: async () => undefined,
      };
    },
  };
}

describe('MemoryStorage', () => {
  storageConformance(
    { describe, test },
    inMemory((backend) => new MemoryStorage(backend)),
  );
});

const failuresOf = (create: (backend: MemoryBackend) => Storage): Promise<string[]> =>
  failingCases((runner) => storageConformance(runner, inMemory(create)));

describe.concurrent('the storage kit', () => {
  it('passes MemoryStorage', async () => {
    expect(await failuresOf((backend) => new MemoryStorage(backend))).toEqual([]);
  });

  it.each(BROKEN)('finds a store that %s', async (_, create, failing) => {
    expect(await failuresOf(create)).toEqual(failing);
  });

  it('has a faulty store for every case', () => {
    const names: string[] = [];
    const options = inMemory((backend) => new MemoryStorage(backend));
    const note = {
      describe: (_: string, fn: () => void) => fn(),
      test: (name: string) => void names.push(name),
    };
    storageConformance(note, options);
    const found = new Set(BROKEN.flatMap(([, , failing]) => failing));
    expect(names.filter((name) => !found.has(name))).toEqual([]);
  });
});
