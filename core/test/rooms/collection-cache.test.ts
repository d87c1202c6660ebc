import { beforeEach, describe, expect, test } from 'vitest';
import { deferred } from '@roomkey/core';
import { MemoryStorage } from '@roomkey/core/conformance';
import { CollectionCache, type CacheEntry } from '../../src/rooms/collection-cache.js';

let storage: MemoryStorage;
let collection: CollectionCache<CacheEntry>;

beforeEach(() => {
  storage = new MemoryStorage();
  collection = new CollectionCache<CacheEntry>(storage, 'rooms', ({ id, revision }) => ({
    id,
    revision,
  }));
});

const known = () => [...(collection.snapshot?.keys() ?? [])];

/** Has something happen when the store has been read and its answer is on its way. */
function whileReading(happen: () => Promise<void>): void {
  const list = storage.list.bind(storage);
  storage.list = async (...given) => {
    const documents = await list(...given);
    await happen();
    return documents;
  };
}

describe('what is known of a collection', () => {
  test('is nothing before it is read, also where single documents were', async () => {
    await storage.insert('rooms', 'a', {});
    await collection.get('a');
    expect(collection.snapshot).toBeUndefined();
    await collection.read();
    expect(known()).toEqual(['a']);
  });

  test('is made once of each revision', async () => {
    const { revision } = await storage.insert('rooms', 'a', {});
    const first = await collection.get('a');
    expect((await collection.read()).get('a')).toBe(first);
    await storage.replace('rooms', 'a', revision, {});
    const second = await collection.get('a');
    expect(second).not.toBe(first);
    expect(second?.revision).toBeGreaterThan(revision);
  });

  test('forgets what is gone', async () => {
    const { revision } = await storage.insert('rooms', 'a', {});
    await collection.read();
    await storage.remove('rooms', 'a', revision);
    expect(await collection.get('a')).toBeUndefined();
    expect(known()).toEqual([]);
  });

  test('does not go back to what an older answer says', async () => {
    const a = await storage.insert('rooms', 'a', {});
    const b = await storage.insert('rooms', 'b', {});
    whileReading(async () => {
      await storage.remove('rooms', 'a', a.revision);
      collection.evict('a');
      collection.upsert(await storage.replace('rooms', 'b', b.revision, {}));
      collection.upsert(await storage.insert('rooms', 'c', {}));
    });
    await collection.read();
    expect(known()).toEqual(['b', 'c']);
    expect(collection.snapshot?.get('b')?.revision).toBeGreaterThan(b.revision);
  });

  test('is of the read that began last, whichever answer comes first', async () => {
    const answer = deferred<undefined>();
    const list = storage.list.bind(storage);
    storage.list = async (...given) => {
      storage.list = list;
      const documents = await list(...given);
      await answer.promise;
      return documents;
    };
    const slow = collection.read();
    await storage.insert('rooms', 'a', {});
    await collection.read();
    answer.resolve(undefined);
    expect([...(await slow).keys()]).toEqual([]);
    expect(known()).toEqual(['a']);
  });
});
