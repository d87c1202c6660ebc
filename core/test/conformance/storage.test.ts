import { describe, expect, it, test } from 'vitest';
import type { Storage, StoredDocument } from '@roomkey/core';
import {
  MemoryDisk,
  MemoryStorage,
  storageConformance,
  type StorageConformanceOptions,
} from '@roomkey/core/conformance';
import { failingCases } from '../../../test/support/failing-cases.js';

function inMemory(create: (disk: MemoryDisk) => Storage): StorageConformanceOptions {
  return {
    patienceMs: 1_000,
    open: async () => {
      const disk = new MemoryDisk();
      return {
        storage: create(disk),
        reopen: async () => create(disk),
        close: async () => undefined,
      };
    },
  };
}

describe('MemoryStorage', () => {
  storageConformance(
    { describe, test },
    inMemory((disk) => new MemoryStorage(disk)),
  );
});

const failuresOf = (create: (disk: MemoryDisk) => Storage): Promise<string[]> =>
  failingCases((runner) => storageConformance(runner, inMemory(create)));

/** Reads, compares and writes with pauses between, and no lock. */
class LosesUpdates extends MemoryStorage {
  override async replace(...args: Parameters<Storage['replace']>): Promise<StoredDocument> {
    const [collection, id, revision, value, options] = args;
    const before = await this.get(collection, id);
    if (before?.revision !== revision) return super.replace(...args);
    await new Promise((resolve) => setImmediate(resolve));
    const now = await this.get(collection, id);
    return super.replace(collection, id, now?.revision ?? revision, value, options);
  }
}

/** Writes over whatever is there. */
class IgnoresRevisions extends MemoryStorage {
  override async replace(...args: Parameters<Storage['replace']>): Promise<StoredDocument> {
    const [collection, id, revision, value, options] = args;
    const now = await this.get(collection, id, options);
    return super.replace(collection, id, now?.revision ?? revision, value, options);
  }
}

/** Stores everything for ever. */
class ForgetsExpiry extends MemoryStorage {
  override insert(...[collection, id, value, options]: Parameters<Storage['insert']>) {
    return super.insert(collection, id, value, options?.signal && { signal: options.signal });
  }
}

/** Counts revisions for each document from 1, so that they come back after a remove. */
class RepeatsRevisions extends MemoryStorage {
  override async insert(...args: Parameters<Storage['insert']>): Promise<StoredDocument> {
    return { ...(await super.insert(...args)), revision: 1 };
  }
}

describe.concurrent('the storage kit', () => {
  it('passes the store in memory', async () => {
    expect(await failuresOf((disk) => new MemoryStorage(disk))).toEqual([]);
  });

  it.each([
    [LosesUpdates, 'loses no update of two instances that write at once'],
    [IgnoresRevisions, 'refuses a revision that is not the current one'],
    [ForgetsExpiry, 'shows nobody an expired document'],
    [ForgetsExpiry, 'tells an expiry as a remove'],
    [RepeatsRevisions, 'gives no revision of an id twice, also after it was removed'],
  ])('finds that %o fails at “%s”', async (Broken, name) => {
    expect(await failuresOf((disk) => new Broken(disk))).toContain(name);
  });
});
