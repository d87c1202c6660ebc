import assert from 'node:assert/strict';
import type { ErrorCode } from '../errors/index.js';
import { hasCode } from '../errors/index.js';
import type { JsonObject, Storage } from '../contracts/index.js';
import type { TestRunner } from './runner.js';
import { storageWatchCases } from './storage-watch.js';

/** A store with nothing in it, made for one case. */
export interface StorageUnderTest {
  readonly storage: Storage;
  /** Another instance on the same data, as another process would have it; the first lives on. */
  reopen(): Promise<Storage>;
  /** Ends all instances and removes what they stored. */
  close(): Promise<void>;
}

/** How to test a store. */
export interface StorageConformanceOptions {
  open(): Promise<StorageUnderTest>;
  /** How long a case waits for a change to be told, in milliseconds; default 10,000. */
  readonly patienceMs?: number;
}

/** Runs a case on a fresh store. */
export type StorageCase = (
  name: string,
  body: (storage: Storage, test: StorageUnderTest) => Promise<void>,
) => void;

/** The cases that every `Storage` must pass. */
export function storageConformance(runner: TestRunner, options: StorageConformanceOptions): void {
  const onFresh: StorageCase = (name, body) => {
    runner.test(name, async () => {
      const test = await options.open();
      try {
        await body(test.storage, test);
      } finally {
        await test.close();
      }
    });
  };
  runner.describe('Storage: documents', () => documentCases(onFresh));
  runner.describe('Storage: revisions', () => revisionCases(onFresh));
  runner.describe('Storage: expiry', () => expiryCases(onFresh));
  runner.describe('Storage: arguments', () => argumentCases(onFresh));
  runner.describe('Storage: watch', () => storageWatchCases(onFresh, options.patienceMs ?? 10_000));
}

function documentCases(onFresh: StorageCase): void {
  onFresh('gives back what was inserted, also to another instance', async (storage, test) => {
    assert.equal(await storage.get('rooms', 'lab'), undefined);
    const document = await storage.insert('rooms', 'lab', { name: 'Lab' });
    assert.deepEqual(document, { id: 'lab', revision: document.revision, value: { name: 'Lab' } });
    assert.ok(Number.isSafeInteger(document.revision) && document.revision >= 1);
    assert.deepEqual(await storage.get('rooms', 'lab'), document);
    assert.deepEqual(await (await test.reopen()).get('rooms', 'lab'), document);
  });

  onFresh('keeps collections apart', async (storage) => {
    await storage.insert('rooms', 'a', { of: 'rooms' });
    await storage.insert('users', 'a', { of: 'users' });
    assert.deepEqual((await storage.get('users', 'a'))?.value, { of: 'users' });
    assert.equal((await storage.list('rooms')).length, 1);
    assert.deepEqual(await storage.list('endpoints'), []);
  });

  onFresh('lists in the order of ids', async (storage, test) => {
    const ids = ['b', 'a.b', 'B', 'a', 'a-b', '10', '9', 'a:b', 'a_b'];
    for (const id of ids) await storage.insert('rooms', id, {});
    const expected = [...ids].sort();
    assert.deepEqual(idsOf(await storage.list('rooms')), expected);
    assert.deepEqual(idsOf(await (await test.reopen()).list('rooms')), expected);
  });

  onFresh('writes over a document', async (storage) => {
    const first = await storage.insert('rooms', 'a', { n: 1, old: true });
    const second = await storage.replace('rooms', 'a', first.revision, { n: 2 });
    assert.deepEqual(second.value, { n: 2 });
    assert.deepEqual(await storage.get('rooms', 'a'), second);
  });

  onFresh('removes a document', async (storage, test) => {
    const { revision } = await storage.insert('rooms', 'a', {});
    await storage.remove('rooms', 'a', revision);
    assert.equal(await storage.get('rooms', 'a'), undefined);
    assert.deepEqual(await (await test.reopen()).list('rooms'), []);
  });

  onFresh('keeps every JSON value as it is', async (storage, test) => {
    const stored = await storage.insert('rooms', 'odd', oddValue());
    const other = await test.reopen();
    for (const document of [stored, await storage.get('rooms', 'odd')]) {
      assert.deepEqual(document?.value, oddValue());
    }
    const again = await other.get('rooms', 'odd');
    assert.equal(JSON.stringify(sorted(again?.value)), JSON.stringify(sorted(oddValue())));
  });

  onFresh('keeps a document of 256 KiB', async (storage, test) => {
    const value = { text: 'ä'.repeat(128 * 1024) };
    await storage.insert('rooms', 'large', value);
    assert.deepEqual((await (await test.reopen()).get('rooms', 'large'))?.value, value);
  });

  onFresh('lends nobody its own documents', async (storage) => {
    const given = { list: [1] };
    const inserted = await storage.insert('rooms', 'a', given);
    given.list.push(2);
    spoil(inserted.value);
    spoil((await storage.get('rooms', 'a'))?.value);
    spoil((await storage.list('rooms'))[0]?.value);
    assert.deepEqual((await storage.get('rooms', 'a'))?.value, { list: [1] });
    const replaced = await storage.replace('rooms', 'a', inserted.revision, { list: [3] });
    spoil(replaced.value);
    assert.deepEqual((await storage.list('rooms'))[0]?.value, { list: [3] });
  });
}

function revisionCases(onFresh: StorageCase): void {
  onFresh('refuses an id that is taken', async (storage, test) => {
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

  onFresh('refuses to write over or remove what is not there', async (storage) => {
    await rejects(storage.replace('rooms', 'a', 1, {}), 'RK_STORAGE_CONFLICT');
    await rejects(storage.remove('rooms', 'a', 1), 'RK_STORAGE_CONFLICT');
    assert.equal(await storage.get('rooms', 'a'), undefined);
  });

  onFresh('gives no revision of an id twice, also after it was removed', async (storage, test) => {
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

  onFresh('loses no update of two instances that write at once', async (storage, test) => {
    const instances = [storage, await test.reopen()];
    await storage.insert('rooms', 'counter', { n: 0 });
    const increments = instances.flatMap((instance) =>
      Array.from({ length: 10 }, () => increment(instance)),
    );
    await Promise.all(increments);
    assert.deepEqual((await storage.get('rooms', 'counter'))?.value, { n: 20 });
  });

  onFresh('lets one of many inserts of an id win', async (storage, test) => {
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

function expiryCases(onFresh: StorageCase): void {
  const past = () => Date.now() - 1;
  const future = () => Date.now() + 3_600_000;

  onFresh('keeps a document until it expires', async (storage, test) => {
    const expiresAt = future();
    const document = await storage.insert('rooms', 'a', {}, { expiresAt });
    assert.equal(document.expiresAt, expiresAt);
    assert.deepEqual(await (await test.reopen()).get('rooms', 'a'), document);
  });

  onFresh('shows nobody an expired document', async (storage, test) => {
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

  onFresh('frees the id of an expired document, not its revision', async (storage) => {
    const old = await storage.insert('rooms', 'a', { n: 1 }, { expiresAt: past() });
    const fresh = await storage.insert('rooms', 'a', { n: 2 });
    assert.ok(fresh.revision > old.revision);
    assert.deepEqual(await storage.get('rooms', 'a'), fresh);
    await rejects(storage.replace('rooms', 'a', old.revision, {}), 'RK_STORAGE_CONFLICT');
  });

  onFresh('sets the expiry anew with every write', async (storage) => {
    const first = await storage.insert('rooms', 'a', {}, { expiresAt: future() });
    const second = await storage.replace('rooms', 'a', first.revision, {});
    assert.equal(second.expiresAt, undefined);
    assert.equal((await storage.get('rooms', 'a'))?.expiresAt, undefined);
    await storage.replace('rooms', 'a', second.revision, {}, { expiresAt: past() });
    assert.equal(await storage.get('rooms', 'a'), undefined);
  });
}

function argumentCases(onFresh: StorageCase): void {
  onFresh('refuses names that are not allowed', async (storage) => {
    const names = ['', 'A', 'a/b', '..', 'a_b', 'a'.repeat(33)];
    const ids = ['', 'a/b', 'a b', 'ä', 'a\n', '../a', 'a'.repeat(129)];
    const pairs = [
      ...names.map((name) => [name, 'a'] as const),
      ...ids.map((id) => ['rooms', id] as const),
    ];
    for (const [name, id] of pairs) {
      await assert.rejects(storage.get(name, id), TypeError);
      await assert.rejects(storage.insert(name, id, {}), TypeError);
      await assert.rejects(storage.replace(name, id, 1, {}), TypeError);
      await assert.rejects(storage.remove(name, id, 1), TypeError);
    }
    for (const name of names) {
      await assert.rejects(storage.list(name), TypeError);
      await assert.rejects(
        storage.watch(name, () => undefined),
        TypeError,
      );
    }
  });

  onFresh('takes every name that is allowed', async (storage, test) => {
    const name = 'a-0'.padEnd(32, 'z');
    const ids = ['.', '..', 'A:b_c.d-9', 'con', '__proto__', 'x'.repeat(128)];
    for (const id of ids) await storage.insert(name, id, { id });
    const other = await test.reopen();
    for (const id of ids) assert.deepEqual((await other.get(name, id))?.value, { id });
  });

  onFresh('does nothing when aborted before', async (storage) => {
    const reason = new Error('enough');
    const options = { signal: AbortSignal.abort(reason) };
    const { revision } = await storage.insert('rooms', 'a', { n: 1 });
    const attempts = [
      () => storage.get('rooms', 'a', options),
      () => storage.list('rooms', options),
      () => storage.insert('rooms', 'b', {}, options),
      () => storage.replace('rooms', 'a', revision, { n: 2 }, options),
      () => storage.remove('rooms', 'a', revision, options),
      () => storage.watch('rooms', () => undefined, options),
    ];
    for (const attempt of attempts) {
      await assert.rejects(attempt, (error) => error === reason);
    }
    assert.deepEqual(
      (await storage.list('rooms')).map(({ value }) => value),
      [{ n: 1 }],
    );
  });
}

/** Fails unless the promise rejects with the code. */
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

function idsOf(documents: readonly { readonly id: string }[]): string[] {
  return documents.map(({ id }) => id);
}

function spoil(value: unknown): void {
  try {
    (value as { list: number[] }).list.push(99);
  } catch {
    // A store may give frozen documents as well.
  }
}

/** Values that stores have been seen to lose or change. */
function oddValue(): JsonObject {
  let deep: JsonObject = {};
  for (let depth = 0; depth < 60; depth += 1) deep = { deep };
  return {
    text: 'é e\u0301 日本 👩‍👩‍👧 "\\/\b\f\n\r\t\u0000\u2028\u2029 $& {{',
    numbers: [0, -1, 0.1, 1e21, 5e-324, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER, -(2 ** 31)],
    nothing: [null, false, '', [], {}],
    date: '2026-01-01T00:00:00.000Z',
    ...(JSON.parse('{"__proto__":{"a":1},"constructor":2,"$set":3,"a.b":4,"":5,"10":6,"9":7}') as {
      readonly '10': number;
    }),
    _id: 'mine',
    id: 'theirs',
    deep,
  };
}

/** With the keys of every object in one order: JSON gives them none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
