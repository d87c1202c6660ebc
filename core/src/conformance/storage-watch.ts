import assert from 'node:assert/strict';
import type { Storage, StorageChange } from '../contracts/index.js';
import type { StorageCase } from './storage.js';

/** The cases about `Storage.watch`. */
export function storageWatchCases(onFresh: StorageCase, patienceMs: number): void {
  onFresh('tells of own changes and of another instance’s', async (storage, test) => {
    const other = await test.reopen();
    await storage.insert('rooms', 'before', {});
    const seen = await observe(storage, patienceMs);
    for (const [id, writer] of [
      ['mine', storage],
      ['theirs', other],
    ] as const) {
      const inserted = await writer.insert('rooms', id, { n: 1 });
      await seen.until({ type: 'put', document: inserted });
      const replaced = await writer.replace('rooms', id, inserted.revision, { n: 2 });
      await seen.until({ type: 'put', document: replaced });
      await writer.remove('rooms', id, replaced.revision);
      await seen.until({ type: 'remove', id });
    }
    assert.ok(seen.changes.every((change) => idOf(change) !== 'before'));
    await seen.stop();
  });

  onFresh('tells the changes of a document in order', async (storage, test) => {
    const other = await test.reopen();
    const seen = await observe(storage, patienceMs);
    let last = await storage.insert('rooms', 'a', { n: 0 });
    for (let n = 1; n <= 20; n += 1) {
      last = await (n % 2 === 0 ? storage : other).replace('rooms', 'a', last.revision, { n });
    }
    await seen.until({ type: 'put', document: last });
    const revisions = seen.changes.map((change) =>
      change.type === 'put' ? change.document.revision : 0,
    );
    assert.deepEqual(
      revisions,
      [...new Set(revisions)].sort((a, b) => a - b),
    );
    await seen.stop();
  });

  onFresh('tells nothing of other collections', async (storage) => {
    const seen = await observe(storage, patienceMs);
    await storage.insert('users', 'a', {});
    const last = await storage.insert('rooms', 'b', {});
    await seen.until({ type: 'put', document: last });
    assert.equal(seen.changes.length, 1);
    await seen.stop();
  });

  onFresh('tells an expiry as a remove', async (storage, test) => {
    const other = await test.reopen();
    const seen = await observe(storage, patienceMs);
    // Later than a store that only looks now and then has seen the documents.
    const expiresAt = Date.now() + Math.round(patienceMs / 3);
    const mine = await storage.insert('rooms', 'mine', {}, { expiresAt });
    await other.insert('rooms', 'theirs', {}, { expiresAt });
    const kept = await other.insert('rooms', 'kept', {}, { expiresAt });
    await other.replace('rooms', 'kept', kept.revision, {});
    await seen.until({ type: 'remove', id: 'theirs' });
    await seen.until({ type: 'remove', id: 'mine' });
    assert.deepEqual(seen.changes[0], { type: 'put', document: mine });
    const last = await other.insert('rooms', 'last', {});
    await seen.until({ type: 'put', document: last });
    assert.ok(!seen.changes.some((change) => change.type === 'remove' && change.id === 'kept'));
    await seen.stop();
  });

  onFresh('goes on when a listener throws, and lends it nothing', async (storage) => {
    const seen = await observe(storage, patienceMs);
    const watch = await storage.watch('rooms', (change) => {
      if (change.type === 'put') Object.assign(change.document.value, { spoilt: true });
      throw new Error('listener');
    });
    const first = await storage.insert('rooms', 'a', { n: 1 });
    await seen.until({ type: 'put', document: first });
    const second = await storage.replace('rooms', 'a', first.revision, { n: 2 });
    await seen.until({ type: 'put', document: second });
    assert.deepEqual(await storage.get('rooms', 'a'), second);
    await watch.stop();
    await seen.stop();
  });

  onFresh('is silent after stop, which can be called twice', async (storage) => {
    const stopped = await observe(storage, patienceMs);
    const running = await observe(storage, patienceMs);
    await stopped.stop();
    await stopped.stop();
    const document = await storage.insert('rooms', 'a', {});
    await running.until({ type: 'put', document });
    assert.deepEqual(stopped.changes, []);
    await running.stop();
  });
}

function idOf(change: StorageChange): string {
  return change.type === 'put' ? change.document.id : change.id;
}

/** Watches the collection `rooms` and keeps what it is told. */
async function observe(storage: Storage, patienceMs: number) {
  const changes: StorageChange[] = [];
  const waiting = new Set<() => void>();
  const watch = await storage.watch('rooms', (change) => {
    changes.push(structuredClone(change));
    for (const look of waiting) look();
  });
  return {
    changes,
    stop: () => watch.stop(),
    /** Resolves once this change was told; fails when that takes too long. */
    until: (expected: StorageChange): Promise<void> =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error) => {
          waiting.delete(look);
          clearTimeout(timer);
          if (error === undefined) resolve();
          else reject(error);
        };
        const look = () => {
          if (changes.some((change) => isSame(change, expected))) settle();
        };
        const timer = setTimeout(() => {
          settle(new assert.AssertionError({ message: 'not told', expected, actual: changes }));
        }, patienceMs);
        waiting.add(look);
        look();
      }),
  };
}

function isSame(a: StorageChange, b: StorageChange): boolean {
  return a.type === 'put' && b.type === 'put'
    ? a.document.id === b.document.id && a.document.revision === b.document.revision
    : a.type === b.type && idOf(a) === idOf(b);
}
