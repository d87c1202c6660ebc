import assert from 'node:assert/strict';
import type { Storage } from '../contracts/index.js';
import type { ErrorCode } from '../errors/index.js';
import { hasCode } from '../errors/index.js';
import { idsOf, type StorageCase } from './storage-case.js';

/** The cases about revisions: no write is lost or mistaken for a different one. */
export function storageRevisionCases(onFresh: StorageCase): void {
  onFresh('refuses an existing id', async (storage, test) => {
    const first = await storage.insert('rooms', 'a', { n: 1 });
    await rejects(storage.insert('rooms', 'a', { n: 2 }), 'RK_STORAGE_EXISTS');
    await rejects((await test.reopen()).insert('rooms', 'a', { n: 3 }), 'RK_STORAGE_EXISTS');
    assert.deepEqual(await storage.get('rooms', 'a'), first);
  });

  onFresh('refuses a revision that is not the current one', async (storage, test) => {
    const first = await storage.insert('rooms', 'a', { n: 1 });
    const second = await (await test.reopen()).replace('rooms', 'a', first.revision, { n: 2 });
    assert.ok(second.revision > first.revision);
    for (const stale of [first.revision, second.revision + 1, 0]) {
      await rejects(storage.replace('rooms', 'a', stale, { n: 3 }), 'RK_STORAGE_CONFLICT');
      await rejects(storage.remove('rooms', 'a', stale), 'RK_STORAGE_CONFLICT');
    }
    assert.deepEqual(await storage.get('rooms', 'a'), second);
  });

  onFresh('refuses to replace or remove a missing document', async (storage) => {
    await rejects(storage.replace('rooms', 'a', 1, {}), 'RK_STORAGE_CONFLICT');
    await rejects(storage.remove('rooms', 'a', 1), 'RK_STORAGE_CONFLICT');
    assert.equal(await storage.get('rooms', 'a'), undefined);
  });

  onFresh('never repeats a revision of an id, even after a removal', async (storage, test) => {
    const seen: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { revision } = await storage.insert('rooms', 'a', {});
      const replaced = await storage.replace('rooms', 'a', revision, {});
      seen.push(revision, replaced.revision);
      await (await test.reopen()).remove('rooms', 'a', replaced.revision);
    }
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b),
    );
  });

  onFresh('loses no update of two concurrent instances', async (storage, test) => {
    const instances = [storage, await test.reopen()];
    await storage.insert('rooms', 'counter', { n: 0 });
    const increments = instances.flatMap((instance) =>
      Array.from({ length: 10 }, () => increment(instance)),
    );
    await Promise.all(increments);
    assert.deepEqual((await storage.get('rooms', 'counter'))?.value, { n: 20 });
  });

  onFresh('lets exactly one of many inserts of an id win', async (storage, test) => {
    const instances = [storage, await test.reopen()];
    const inserts = Array.from({ length: 10 }, async (_, n) =>
      instances[n % 2]?.insert('rooms', 'a', { n }),
    );
    const results = await Promise.allSettled(inserts);
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    assert.equal(won.length, 1);
    for (const result of results) {
      if (result.status === 'rejected') assert.ok(hasCode(result.reason, 'RK_STORAGE_EXISTS'));
    }
    assert.deepEqual(await storage.get('rooms', 'a'), won[0]);
  });
}

/** The cases about expiring documents. */
export function storageExpiryCases(onFresh: StorageCase): void {
  const past = () => Date.now() - 1;
  const future = () => Date.now() + 3_600_000;

  onFresh('keeps a document until it expires', async (storage, test) => {
    const expiresAt = future();
    const document = await storage.insert('rooms', 'a', {}, { expiresAt });
    assert.equal(document.expiresAt, expiresAt);
    assert.deepEqual(await (await test.reopen()).get('rooms', 'a'), document);
  });

  onFresh('hides an expired document from every instance', async (storage, test) => {
    const other = await test.reopen();
    await storage.insert('rooms', 'a', {}, { expiresAt: past() });
    await storage.insert('rooms', 'b', {}, { expiresAt: future() });
    for (const instance of [storage, other]) {
      assert.equal(await instance.get('rooms', 'a'), undefined);
      assert.deepEqual(idsOf(await instance.list('rooms')), ['b']);
    }
  });

  onFresh('neither replaces nor removes an expired document', async (storage) => {
    const { revision } = await storage.insert('rooms', 'a', {}, { expiresAt: past() });
    await rejects(storage.replace('rooms', 'a', revision, {}), 'RK_STORAGE_CONFLICT');
    await rejects(storage.remove('rooms', 'a', revision), 'RK_STORAGE_CONFLICT');
  });

  onFresh('frees the id of an expired document, but not its revision', async (storage) => {
    const old = await storage.insert('rooms', 'a', { n: 1 }, { expiresAt: past() });
    const fresh = await storage.insert('rooms', 'a', { n: 2 });
    assert.ok(fresh.revision > old.revision);
    assert.deepEqual(await storage.get('rooms', 'a'), fresh);
    await rejects(storage.replace('rooms', 'a', old.revision, {}), 'RK_STORAGE_CONFLICT');
  });

  onFresh('replaces the expiry with every write', async (storage) => {
    const first = await storage.insert('rooms', 'a', {}, { expiresAt: future() });
    const second = await storage.replace('rooms', 'a', first.revision, {});
    assert.equal(second.expiresAt, undefined);
    assert.equal((await storage.get('rooms', 'a'))?.expiresAt, undefined);
    await storage.replace('rooms', 'a', second.revision, {}, { expiresAt: past() });
    assert.equal(await storage.get('rooms', 'a'), undefined);
  });
}

/** Asserts that the promise rejects with the code. */
async function rejects(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(hasCode(error, code), `expected ${code}, got ${String(error)}`);
    return true;
  });
}

async function increment(storage: Storage): Promise<void> {
  for (;;) {
    const document = await storage.get('rooms', 'counter');
    assert.ok(document);
    try {
      const n = Number(document.value['n']) + 1;
      await storage.replace('rooms', 'counter', document.revision, { n });
      return;
    } catch (error) {
      if (!hasCode(error, 'RK_STORAGE_CONFLICT')) throw error;
    }
  }
}
