import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { encodings } from '../../../test/support/encodings.js';
import type { StorageChange } from '@roomkey/core';
import plugin from '../src/index.js';
import { JsonStorage } from '../src/json-storage.js';
import { silent, TestFolder } from './support.js';

const folder = new TestFolder();
const path = (name = 'rooms.json') => join(folder.path, name);
const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

describe('the files', () => {
  it('are readable JSON in the order of ids, for their owner only', async () => {
    const storage = folder.open(silent, 'data');
    const expiresAt = 4_000_000_000_000;
    const b = await storage.insert('rooms', 'b', { name: 'Lab' }, { expiresAt });
    const a = await storage.insert('rooms', 'a', { list: [1, { x: null }] });
    const file = path('data/rooms.json');
    expect(await readFile(file, 'utf8')).toBe(
      `{
  "revision": ${a.revision},
  "documents": [
    {
      "id": "a",
      "revision": ${a.revision},
      "value": {
        "list": [
          1,
          {
            "x": null
          }
        ]
      }
    },
    {
      "id": "b",
      "revision": ${b.revision},
      "expiresAt": 4000000000000,
      "value": {
        "name": "Lab"
      }
    }
  ]
}
`,
    );
    if (process.platform !== 'win32') {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await stat(path('data'))).mode & 0o777).toBe(0o700);
    }
  });

  it('are created by the first write and not by a read', async () => {
    const storage = folder.open(silent, 'data');
    expect(await storage.get('rooms', 'a')).toBeUndefined();
    expect(await storage.list('rooms')).toEqual([]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('can be changed by hand, in any layout', async () => {
    const storage = folder.open();
    await storage.insert('rooms', 'a', { n: 1 });
    const text = '{"documents":[{"value":{"n":7},"id":"z","revision":9}],"revision":3}';
    await writeFile(path(), text);
    expect(await storage.list('rooms')).toEqual([{ id: 'z', revision: 9, value: { n: 7 } }]);
    await rm(path());
    expect(await storage.list('rooms')).toEqual([]);
  });

  it.each(encodings)('can be in %s, as editors write it', async (_name, encode) => {
    const document = { id: 'a', revision: 1, value: { name: 'Jürg' } };
    await writeFile(path(), encode(JSON.stringify({ revision: 1, documents: [document] })));
    const storage = folder.open();
    expect(await storage.list('rooms')).toEqual([document]);
    await storage.insert('rooms', 'b', {});
    expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ documents: [document, {}] });
  });

  it('assign no revision twice after a file was removed, or replaced by an older one', async () => {
    const storage = folder.open();
    const old = await storage.insert('rooms', 'a', {});
    const text = await readFile(path(), 'utf8');
    const last = await storage.replace('rooms', 'a', old.revision, {});
    for (const change of [() => writeFile(path(), text), () => rm(path())]) {
      await change();
      // By a store that has seen the revisions, and by one that has not.
      for (const instance of [storage, folder.open()]) {
        const { revision } = await instance.insert('rooms', `b-${Math.random()}`, {});
        expect(revision).toBeGreaterThan(last.revision);
      }
    }
  });

  it('hold expired documents only until the next write', async () => {
    const storage = folder.open();
    await storage.insert('rooms', 'a', { secret: 'gone' }, { expiresAt: Date.now() - 1 });
    await storage.insert('rooms', 'b', {});
    expect(await readFile(path(), 'utf8')).not.toContain('gone');
  });

  it('are replaced once for many pending writes', async () => {
    const storage = folder.open();
    await storage.insert('rooms', 'first', {});
    const inodes = new Set<number>();
    const writes = Array.from({ length: 200 }, async (_, n) => {
      await storage.insert('rooms', `n${n}`, {});
      inodes.add((await stat(path())).ino);
    });
    await Promise.all(writes);
    expect(await storage.list('rooms')).toHaveLength(201);
    expect(inodes.size).toBeLessThan(20);
  });
});

describe('a refused operation', () => {
  it('is RK_STORAGE_IO', async () => {
    await writeFile(path('taken'), '');
    const storage = folder.open(silent, 'taken/data');
    await expect(storage.insert('rooms', 'a', {})).rejects.toThrow(code('RK_STORAGE_IO'));
  });

  it('is reported at once for a folder or a pipe in place of the file', async (test) => {
    test.skip(process.platform === 'win32', 'Windows has no pipes in folders');
    await mkdir(path());
    await promisify(execFile)('mkfifo', [path('users.json')]);
    for (const name of ['rooms', 'users']) {
      const storage = folder.open();
      for (const attempt of [storage.list(name), storage.insert(name, 'a', {})]) {
        const error: unknown = await attempt.catch((reason: unknown) => reason);
        expect(error).toEqual(code('RK_STORAGE_IO'));
        expect(String(error)).toContain(`${path(name)}.json is not a file`);
      }
    }
  });

  it('is a TypeError for an expiry that JSON cannot store', async () => {
    const storage = folder.open();
    const { revision } = await storage.insert('rooms', 'a', {});
    for (const expiresAt of [NaN, Infinity]) {
      await expect(storage.insert('rooms', 'b', {}, { expiresAt })).rejects.toThrow(TypeError);
      await expect(storage.replace('rooms', 'a', revision, {}, { expiresAt })).rejects.toThrow(
        TypeError,
      );
    }
  });

  it('says what to do about permissions', async (context) => {
    const lenient = process.platform === 'win32' || process.getuid?.() === 0;
    context.skip(lenient, 'the system lets root, and all users on Windows, write to any folder');
    const storage = folder.open();
    await storage.insert('rooms', 'a', {});
    await chmod(folder.path, 0o500);
    try {
      await expect(storage.insert('rooms', 'b', {})).rejects.toThrow(/not permitted.*`folder`/);
      expect(await storage.list('rooms')).toHaveLength(1);
    } finally {
      await chmod(folder.path, 0o700);
    }
  });
});

describe('a pending write that is aborted', () => {
  it('is not done', async () => {
    const storage = folder.open();
    await storage.insert('rooms', 'a', {});
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = storage.insert('rooms', 'b', {}, { signal: controller.signal });
    const kept = storage.insert('rooms', 'c', {});
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await kept;
    expect((await storage.list('rooms')).map(({ id }) => id)).toEqual(['a', 'c']);
  });
});

describe('watch', () => {
  it('warns once if the file cannot be read, and continues when it can', async () => {
    const warn = vi.fn();
    const storage = folder.open({ ...silent, warn });
    const other = folder.open();
    await other.insert('rooms', 'a', {});
    const changes: StorageChange[] = [];
    let onNextChange = (): void => undefined;
    await storage.watch('rooms', (change) => {
      changes.push(change);
      onNextChange();
    });
    const text = await readFile(path(), 'utf8');
    await writeFile(path(), text.slice(1));
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    expect(await readFile(path(), 'utf8')).toBe(text.slice(1));
    await writeFile(path(), text);
    const changed = new Promise<void>((resolve) => (onNextChange = resolve));
    const document = await other.insert('rooms', 'b', {});
    await changed;
    expect(changes).toEqual([{ type: 'put', document }]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('emits changes that a person made by hand', async () => {
    const storage = folder.open();
    const { revision } = await storage.insert('rooms', 'a', { n: 1 });
    const changes: StorageChange[] = [];
    await storage.watch('rooms', (change) => changes.push(change));
    const toldOf = async (edit: () => Promise<void>): Promise<StorageChange[]> => {
      changes.length = 0;
      await edit();
      await vi.waitFor(() => expect(changes).not.toEqual([]), { timeout: 10_000 });
      return changes;
    };
    const text = await readFile(path(), 'utf8');
    // The revision stays, or decreases, as with a file from a backup.
    const put = { type: 'put', document: { id: 'a', revision, value: { n: 2 } } };
    const mended = text.replace('"n": 1', '"n": 2');
    expect(await toldOf(() => writeFile(path(), mended))).toEqual([
      { type: 'remove', id: 'a' },
      put,
    ]);
    const older = text.replaceAll(String(revision), '7');
    expect((await toldOf(() => writeFile(path(), older))).at(-1)).toEqual({
      type: 'put',
      document: { id: 'a', revision: 7, value: { n: 1 } },
    });
    expect(await toldOf(() => rm(path()))).toEqual([{ type: 'remove', id: 'a' }]);
  });
});

describe('the plugin', () => {
  it('stores in the data folder, or in the configured one', async () => {
    const cleanUps: (() => void | Promise<void>)[] = [];
    const context = {
      logger: silent,
      signal: new AbortController().signal,
      folders: { config: path('config'), data: path('data'), base: folder.path },
      use: () => {
        throw new Error('requires nothing');
      },
      defer: (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp),
    };
    await (await plugin.create(context, {})).insert('rooms', 'a', {});
    await (await plugin.create(context, { folder: './mine' })).insert('rooms', 'a', {});
    for (const cleanUp of cleanUps) await cleanUp();
    expect(await readdir(path('data'))).toEqual(['rooms.json']);
    expect(await readdir(path('mine'))).toEqual(['rooms.json']);
    expect(plugin.configSchema.safeParse({ file: 'x' }).success).toBe(false);
  });

  it('can be closed without ever having been used', async () => {
    await new JsonStorage(path('none'), silent).close();
    expect(await readdir(folder.path)).toEqual([]);
  });
});
