import { chmod, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { Logger, Storage } from '@roomkey/core';
import { silent, TestFolder } from './support.js';

// The time between the two reads of a damaged file.
vi.mock(import('node:timers/promises'), async (importOriginal) => {
  const original = await importOriginal();
  return { ...original, setTimeout: vi.fn(original.setTimeout) as typeof original.setTimeout };
});

const folder = new TestFolder();
const path = (name = 'rooms.json') => join(folder.path, name);

const documents = (...lines: string[]) =>
  ['{', '"revision": 1,', '"documents": [', ...lines, ']}'].join('\n');
const DAMAGED = documents('{"id": "a", "revision": 1, "value": {},}');

/** The quarantined files. */
async function aside(below = '.'): Promise<string[]> {
  const names = await readdir(path(below));
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ`;
  const found = names.filter((name) => name.includes('damaged'));
  for (const name of found)
    expect(name).toMatch(new RegExp(`^rooms\\.damaged-${time}(-\\d+)?\\.json$`));
  return found.map((name) => join(path(below), name));
}

/** The error of the operation. */
async function failureOf(operation: Promise<unknown>): Promise<Error & { readonly code: string }> {
  const outcome = await operation.catch((reason: unknown) => reason);
  expect(outcome).toBeInstanceOf(Error);
  return outcome as Error & { readonly code: string };
}

function recordingLogger(): Logger & { readonly warnings: string[] } {
  const warnings: string[] = [];
  return { ...silent, warnings, warn: (message) => void warnings.push(message) };
}

describe('a damaged file', () => {
  it.each([
    ['nothing in it', '', 1],
    ['half of it', '{\n  "revision": 1,\n  "documents": [\n    {\n', 5],
    ['a comma too many', DAMAGED, 4],
    ['an id that is not allowed', documents('{"id": "a/b", "revision": 1, "value": {}}'), 4],
    [
      'an id twice',
      documents(
        '{"id": "a", "revision": 1, "value": {}},',
        '{"id": "a", "revision": 1, "value": {}}',
      ),
      5,
    ],
    ['a revision that is none', documents('{"id": "a",', '"revision": 0, "value": {}}'), 5],
    [
      'a revision after which none comes',
      documents('{"id": "a", "revision": 1e15, "value": {}}'),
      4,
    ],
    ['a value that is none', documents('{"id": "a", "revision": 1, "value": []}'), 4],
    [
      'something else in a document',
      documents('{"id": "a", "revision": 1, "value": {}, "b": 1}'),
      4,
    ],
    ['something else beside them', '{\n"revision": 1,\n"documents": [],\n"more": 1}', 4],
    ['something else after them', '{\n"revision": 1,\n"documents": []}\n\n}', 5],
    ['documents twice', documents().replace(/}$/, ',\n"documents": []}'), 5],
    ['a revision twice', '{\n"revision": 1,\n"revision": 2,\n"documents": []}', 3],
    ['the highest of all revisions', documents().replace('1,', '999999999999999,'), 2],
    ['documents that are none', '{\n"revision": 1,\n"documents": {}}', 3],
    ['no documents', '{\n"revision": 1}', 1],
    ['no revision', '{\n"documents": []}', 1],
    ['no end', documents(`{"id": "a", "revision": 1, "value": {"n": ${'['.repeat(100_000)}`), 4],
    [
      'bytes that are not UTF-8',
      Buffer.from(documents('{"id": "a", "revision": 1, "value": {"n": "J\u00fcrg"}}'), 'latin1'),
      4,
    ],
  ])('is reported with its line and kept aside: %s', async (_, content, line) => {
    const storage = folder.open();
    const before = await storage.insert('rooms', 'a', {});
    await writeFile(path(), content);
    await chmod(path(), 0o644);

    const error = await failureOf(storage.get('rooms', 'a'));
    const [kept = '', ...more] = await aside();
    expect(error.code).toBe('RK_STORAGE_DAMAGED');
    expect(error.message).toContain(`${path()}, line ${line}: `);
    expect(error.message).toContain(`kept aside as ${kept}`);
    expect(more).toEqual([]);
    expect(await readFile(kept)).toEqual(Buffer.from(content));
    if (process.platform !== 'win32') expect((await stat(kept)).mode & 0o777).toBe(0o600);

    expect(await storage.list('rooms')).toEqual([]);
    expect((await folder.open().insert('rooms', 'a', {})).revision).toBeGreaterThan(
      before.revision,
    );
    expect(await readFile(kept)).toEqual(Buffer.from(content));
  });

  it.each<[string, (storage: Storage) => Promise<unknown>]>([
    ['get', (storage) => storage.get('rooms', 'a')],
    ['list', (storage) => storage.list('rooms')],
    ['insert', (storage) => storage.insert('rooms', 'a', {})],
    ['replace', (storage) => storage.replace('rooms', 'a', 1, {})],
    ['remove', (storage) => storage.remove('rooms', 'a', 1)],
    ['watch', (storage) => storage.watch('rooms', () => undefined)],
  ])('is kept aside by whatever meets it: %s', async (_, operate) => {
    await writeFile(path(), DAMAGED);
    const storage = folder.open();
    expect((await failureOf(operate(storage))).code).toBe('RK_STORAGE_DAMAGED');
    expect(await aside()).toHaveLength(1);
    expect(await storage.list('rooms')).toEqual([]);
  });

  it('is quarantined beside earlier ones', async () => {
    const storage = folder.open();
    for (const n of [1, 2, 3]) {
      await writeFile(path(), `damage ${n}`);
      await failureOf(storage.list('rooms'));
    }
    const kept = await Promise.all((await aside()).map((name) => readFile(name, 'utf8')));
    expect(kept.sort()).toEqual(['damage 1', 'damage 2', 'damage 3']);
  });

  it('is quarantined once if several find it at the same time', async () => {
    await writeFile(path(), DAMAGED);
    const stores = [folder.open(), folder.open(), folder.open()];
    const outcomes = await Promise.allSettled(
      stores.flatMap((storage, n) => [storage.list('rooms'), storage.insert('rooms', `n${n}`, {})]),
    );
    const failed = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : [],
    );
    expect(new Set(failed)).toEqual(new Set(['RK_STORAGE_DAMAGED']));
    expect(await aside()).toHaveLength(1);
    const inserted = outcomes.filter((_, n) => n % 2 === 1);
    const done = inserted.filter(({ status }) => status === 'fulfilled');
    expect(await stores[0]!.list('rooms')).toHaveLength(done.length);
  });
});

describe('a file that is just being saved', () => {
  /** Reads the damaged file, and changes it before the second read. */
  async function listChanging(content: string): Promise<unknown> {
    await writeFile(path(), DAMAGED);
    vi.mocked(sleep)
      .mockClear()
      .mockImplementationOnce(async () => writeFile(path(), content));
    return folder.open().list('rooms');
  }

  it('is read again once it is complete', async () => {
    const document = { id: 'a', revision: 1, value: {} };
    expect(await listChanging(documents(JSON.stringify(document)))).toEqual([document]);
    expect(sleep).toHaveBeenCalledOnce();
    expect(await aside()).toEqual([]);
  });

  it('stays in place as long as it changes', async () => {
    const error = await failureOf(listChanging(`${DAMAGED}\n`));
    expect(error.code).toBe('RK_STORAGE_DAMAGED');
    expect(error.message).toContain('line 4: this is not JSON. The file was not changed');
    expect(await readFile(path(), 'utf8')).toBe(`${DAMAGED}\n`);
    expect(await aside()).toEqual([]);
  });
});

describe('a quarantined file', () => {
  it('causes one warning in each process that opens the collection, or has it open', async () => {
    const open = () => {
      const logger = recordingLogger();
      return { ...logger, storage: folder.open(logger) };
    };
    const [there, meets] = [open(), open()];
    await there.storage.insert('rooms', 'a', {});
    await writeFile(path(), DAMAGED);
    await failureOf(meets.storage.list('rooms'));
    const stores = [there, meets, open(), open()];
    for (const { storage, warnings } of stores) {
      await storage.list('users');
      expect(await storage.list('rooms')).toEqual([]);
      expect(warnings).toEqual([expect.stringContaining('kept aside')]);
    }
    // Emptied again, this time regularly.
    const { revision } = await there.storage.insert('rooms', 'b', {});
    for (const { storage } of stores) expect(await storage.list('rooms')).toHaveLength(1);
    await meets.storage.remove('rooms', 'b', revision);
    for (const { storage, warnings } of stores) {
      expect(await storage.list('rooms')).toEqual([]);
      expect(warnings).toHaveLength(1);
    }
  });

  it('can be repaired and restored while other processes run', async () => {
    const storage = folder.open();
    const first = await storage.insert('rooms', 'a', { n: 1 });
    await storage.insert('rooms', 'b', { n: 1 });
    const good = await readFile(path(), 'utf8');
    await writeFile(path(), good.slice(1));
    await failureOf(storage.list('rooms'));
    const between = await storage.insert('rooms', 'a', { n: 2 });
    const other = folder.open();
    const there = new Map<string, number>();
    await other.watch('rooms', (change) => {
      if (change.type === 'remove') there.delete(change.id);
      else there.set(change.document.id, change.document.revision);
    });

    const [kept = ''] = await aside();
    await writeFile(kept, good);
    await rename(kept, path());
    expect(await storage.get('rooms', 'a')).toEqual(first);
    const stale = storage.replace('rooms', 'a', between.revision, {});
    expect((await failureOf(stale)).code).toBe('RK_STORAGE_CONFLICT');
    const last = await storage.replace('rooms', 'a', first.revision, { n: 3 });
    expect(last.revision).toBeGreaterThan(between.revision);
    const documents = await storage.list('rooms');
    expect(documents).toHaveLength(2);
    await vi.waitFor(
      () => expect([...there].sort()).toEqual(documents.map(({ id, revision }) => [id, revision])),
      { timeout: 10_000 },
    );
  });
});
