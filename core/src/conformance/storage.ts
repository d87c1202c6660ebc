import assert from 'node:assert/strict';
import type { JsonObject, OperationOptions } from '../contracts/index.js';
import type { TestRunner } from './runner.js';
import { idsOf, type StorageCase, type StorageUnderTest } from './storage-case.js';
import { storageExpiryCases, storageRevisionCases } from './storage-revisions.js';
import { storageWatchCases } from './storage-watch.js';

export type { StorageUnderTest } from './storage-case.js';

/** Options of the storage kit. */
export interface StorageConformanceOptions {
  open(): Promise<StorageUnderTest>;
  /** How long a case waits for a change, ms; default 10,000. */
  readonly timeoutMs?: number;
}

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
  runner.describe('Storage: revisions', () => storageRevisionCases(onFresh));
  runner.describe('Storage: expiry', () => storageExpiryCases(onFresh));
  runner.describe('Storage: arguments', () => argumentCases(onFresh));
  runner.describe('Storage: signals', () => abortCases(onFresh));
  runner.describe('Storage: watch', () => storageWatchCases(onFresh, options.timeoutMs ?? 10_000));
}

function documentCases(onFresh: StorageCase): void {
  onFresh('returns what was inserted, also to another instance', async (storage, test) => {
    assert.equal(await storage.get('rooms', 'lab'), undefined);
    const document = await storage.insert('rooms', 'lab', { name: 'Lab' });
    assert.deepEqual(document, { id: 'lab', revision: document.revision, value: { name: 'Lab' } });
    assert.ok(Number.isSafeInteger(document.revision) && document.revision >= 1);
    assert.deepEqual(await storage.get('rooms', 'lab'), document);
    assert.deepEqual(await (await test.reopen()).get('rooms', 'lab'), document);
  });

  onFresh('separates collections', async (storage) => {
    await storage.insert('rooms', 'a', { of: 'rooms' });
    await storage.insert('users', 'a', { of: 'users' });
    assert.deepEqual((await storage.get('users', 'a'))?.value, { of: 'users' });
    assert.equal((await storage.list('rooms')).length, 1);
    assert.deepEqual(await storage.list('endpoints'), []);
  });

  onFresh('lists in order of ids', async (storage, test) => {
    const ids = ['b', 'a.b', 'B', 'a', 'a-b', '10', '9', 'a:b', 'a_b'];
    for (const id of ids) await storage.insert('rooms', id, {});
    const expected = [...ids].sort();
    assert.deepEqual(idsOf(await storage.list('rooms')), expected);
    assert.deepEqual(idsOf(await (await test.reopen()).list('rooms')), expected);
  });

  onFresh('lists more documents than one server batch', async (storage, test) => {
    const ids = Array.from({ length: 150 }, (_, n) => `n${1000 + n}`);
    await Promise.all(ids.map((id) => storage.insert('rooms', id, {})));
    assert.deepEqual(idsOf(await storage.list('rooms')), ids);
    assert.deepEqual(idsOf(await (await test.reopen()).list('rooms')), ids);
  });

  onFresh('distinguishes ids that differ only in case', async (storage, test) => {
    const ids = ['LAB', 'Lab', 'lab'];
    for (const id of ids) await storage.insert('rooms', id, { id });
    for (const instance of [storage, await test.reopen()]) {
      assert.deepEqual(idsOf(await instance.list('rooms')), ids);
      for (const id of ids) assert.deepEqual((await instance.get('rooms', id))?.value, { id });
    }
  });

  onFresh('shows changes of another instance at once', async (storage, test) => {
    const other = await test.reopen();
    const inserted = await other.insert('rooms', 'a', { n: 1 });
    const shown = async () => [await storage.get('rooms', 'a'), ...(await storage.list('rooms'))];
    assert.deepEqual(await shown(), [inserted, inserted]);
    const replaced = await other.replace('rooms', 'a', inserted.revision, { n: 2 });
    assert.deepEqual(await shown(), [replaced, replaced]);
    await other.remove('rooms', 'a', replaced.revision);
    assert.deepEqual(await shown(), [undefined]);
  });

  onFresh('replaces a document', async (storage) => {
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

  onFresh('keeps every JSON value unchanged', async (storage, test) => {
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

  onFresh('does not share memory of documents', async (storage) => {
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

function argumentCases(onFresh: StorageCase): void {
  onFresh('rejects invalid names', async (storage) => {
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

  onFresh('accepts every valid name', async (storage, test) => {
    const name = 'a-0'.padEnd(32, 'z');
    const ids = ['.', '..', 'A:b_c.d-9', 'con', '__proto__', 'x'.repeat(128)];
    for (const id of ids) await storage.insert(name, id, { id });
    const other = await test.reopen();
    for (const id of ids) assert.deepEqual((await other.get(name, id))?.value, { id });
  });
}

function abortCases(onFresh: StorageCase): void {
  onFresh('does nothing if already aborted', async (storage) => {
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

  onFresh('either rejects with the reason or completes when aborted meanwhile', async (storage) => {
    const { revision } = await storage.insert('rooms', 'a', { n: 1 });
    const attempts: ((options: OperationOptions) => Promise<unknown>)[] = [
      (options) => storage.get('rooms', 'a', options),
      (options) => storage.list('rooms', options),
      (options) => storage.insert('rooms', 'b', {}, options),
      (options) => storage.replace('rooms', 'a', revision, { n: 2 }, options),
      async (options) => (await storage.watch('rooms', () => undefined, options)).stop(),
    ];
    for (const attempt of attempts) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const running = attempt({ signal: controller.signal });
      controller.abort(reason);
      await running.catch((error: unknown) => assert.equal(error, reason));
    }
    await storage.insert('rooms', 'c', {});
    assert.ok(idsOf(await storage.list('rooms')).includes('c'));
  });
}

function spoil(value: unknown): void {
  try {
    (value as { list: number[] }).list.push(99);
  } catch {
    // A store may also return frozen documents.
  }
}

/** Values that stores have been known to lose or change. */
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

/** Sorts the keys of every object: JSON does not define their order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
