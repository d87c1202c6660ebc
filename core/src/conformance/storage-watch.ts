import assert from 'node:assert/strict';
import type { Storage, StorageChange, StorageWatch } from '../contracts/index.js';
import type { StorageCase } from './storage-case.js';

/** The cases about `Storage.watch`. */
export function storageWatchCases(onFresh: StorageCase, timeoutMs: number): void {
  onFresh('reports own changes and those of another instance', async (storage, test) => {
    const other = await test.reopen();
    await storage.insert('rooms', 'before', {});
    const seen = await observe(storage, timeoutMs);
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

  onFresh('reports the changes of a document in order', async (storage, test) => {
    const other = await test.reopen();
    const seen = await observe(storage, timeoutMs);
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

  onFresh('reports an id that is inserted again', async (storage, test) => {
    const other = await test.reopen();
    const seen = await observe(storage, timeoutMs);
    for (let round = 0; round < 3; round += 1) {
      const document = await (round === 1 ? other : storage).insert('rooms', 'a', { round });
      await seen.until({ type: 'put', document });
      const removes = () => seen.changes.filter(({ type }) => type === 'remove').length;
      assert.equal(removes(), round);
      await other.remove('rooms', 'a', document.revision);
      await seen.untilTrue(() => removes() === round + 1);
    }
    await seen.stop();
  });

  onFresh('reports no refused write', async (storage) => {
    const first = await storage.insert('rooms', 'a', { n: 1 });
    const seen = await observe(storage, timeoutMs);
    await assert.rejects(storage.insert('rooms', 'a', { n: 2 }));
    await assert.rejects(storage.replace('rooms', 'a', first.revision + 1, { n: 3 }));
    await assert.rejects(storage.remove('rooms', 'a', first.revision + 1));
    const document = await storage.insert('rooms', 'last', {});
    await seen.until({ type: 'put', document });
    assert.deepEqual(seen.changes, [{ type: 'put', document }]);
    await seen.stop();
  });

  onFresh('reports each change to every watch of the same listener', async (storage) => {
    const seen = await observe(storage, timeoutMs, 2);
    const before = await storage.insert('rooms', 'a', {});
    await seen.untilTrue(() => seen.changes.length === 2);
    await seen.watches[0]?.stop();
    const after = await storage.insert('rooms', 'b', {});
    await seen.until({ type: 'put', document: after });
    const documents = [before, before, after];
    assert.deepEqual(
      seen.changes,
      documents.map((document) => ({ type: 'put', document })),
    );
    await seen.stop();
  });

  onFresh('does not start if already aborted', async (storage) => {
    const changes: StorageChange[] = [];
    const aborted = { signal: AbortSignal.abort(new Error('enough')) };
    await assert.rejects(storage.watch('rooms', (change) => changes.push(change), aborted));
    const seen = await observe(storage, timeoutMs);
    const document = await storage.insert('rooms', 'a', {});
    await seen.until({ type: 'put', document });
    assert.deepEqual(changes, []);
    await seen.stop();
  });

  onFresh('reports no changes of other collections', async (storage) => {
    const seen = await observe(storage, timeoutMs);
    await storage.insert('users', 'a', {});
    const last = await storage.insert('rooms', 'b', {});
    await seen.until({ type: 'put', document: last });
    assert.equal(seen.changes.length, 1);
    await seen.stop();
  });

  onFresh('reports an expiry as a remove', async (storage, test) => {
    const other = await test.reopen();
    const seen = await observe(storage, timeoutMs);
    // After a polling store has seen the documents.
    const expiresAt = Date.now() + Math.round(timeoutMs / 3);
    const mine = await storage.insert('rooms', 'mine', {}, { expiresAt });
    const kept = await other.insert('rooms', 'kept', {}, { expiresAt });
    await other.replace('rooms', 'kept', kept.revision, {});
    await other.insert('rooms', 'theirs', {}, { expiresAt });
    await seen.until({ type: 'remove', id: 'theirs' });
    await seen.until({ type: 'remove', id: 'mine' });
    assert.deepEqual(seen.changes[0], { type: 'put', document: mine });
    // One more expiry, well after the others: by then a store that kept the old expiry has reported
    // it, however late a busy machine's timers are.
    const later = Date.now() + Math.round(timeoutMs / 3);
    await other.insert('rooms', 'last', {}, { expiresAt: later });
    await seen.until({ type: 'remove', id: 'last' });
    assert.ok(!seen.changes.some((change) => change.type === 'remove' && change.id === 'kept'));
    await seen.stop();
  });

  onFresh(
    'continues after a listener throws, and does not share memory with it',
    async (storage) => {
      let calls = 0;
      const watch = await storage.watch('rooms', (change) => {
        calls += 1;
        if (change.type === 'put') Object.assign(change.document.value, { spoilt: true });
        throw new Error('listener');
      });
      const seen = await observe(storage, timeoutMs);
      const first = await storage.insert('rooms', 'a', { n: 1 });
      await seen.until({ type: 'put', document: first });
      const second = await storage.replace('rooms', 'a', first.revision, { n: 2 });
      await seen.until({ type: 'put', document: second });
      await seen.untilTrue(() => calls === 2);
      assert.deepEqual(second.value, { n: 2 });
      assert.deepEqual(await storage.get('rooms', 'a'), second);
      assert.deepEqual(seen.changes.at(-1), { type: 'put', document: second });
      await watch.stop();
      await seen.stop();
    },
  );

  onFresh('reports nothing after stop, which is idempotent', async (storage) => {
    const stopped = await observe(storage, timeoutMs);
    const running = await observe(storage, timeoutMs);
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

/** Watches the collection `rooms`, `times` times, and records the changes. */
async function observe(storage: Storage, timeoutMs: number, times = 1) {
  const changes: StorageChange[] = [];
  const waiting = new Set<() => void>();
  const onChange = (change: StorageChange) => {
    changes.push(structuredClone(change));
    for (const check of waiting) check();
  };
  const watches: StorageWatch[] = [];
  while (watches.length < times) watches.push(await storage.watch('rooms', onChange));
  /** Resolves when `holds` is true after a change; rejects after the timeout. */
  const untilTrue = (holds: () => boolean, expected?: StorageChange): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        waiting.delete(check);
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
      const check = () => {
        if (holds()) settle();
      };
      const timer = setTimeout(() => {
        settle(new assert.AssertionError({ message: 'not reported', expected, actual: changes }));
      }, timeoutMs);
      waiting.add(check);
      check();
    });
  return {
    changes,
    watches,
    stop: async () => {
      for (const watch of watches) await watch.stop();
    },
    untilTrue,
    /** Resolves when this change was reported; rejects after the timeout. */
    until: (expected: StorageChange): Promise<void> =>
      untilTrue(() => changes.some((change) => isSame(change, expected)), expected),
  };
}

function isSame(a: StorageChange, b: StorageChange): boolean {
  return a.type === 'put' && b.type === 'put'
    ? a.document.id === b.document.id && a.document.revision === b.document.revision
    : a.type === b.type && idOf(a) === idOf(b);
}
