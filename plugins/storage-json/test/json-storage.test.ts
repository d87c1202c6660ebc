import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { StorageChange } from '@roomkey/core';
import plugin from '../src/index.js';
import { JsonStorage } from '../src/json-storage.js';
import { silent, TestFolder } from './support.js';

const folder = new TestFolder();
const path = (name = 'rooms.json') => join(folder.path, name);
const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

describe('the files', () => {
  it('can be read by a person, in the order of ids, and by nobody else', async () => {
    const storage = folder.open(silent, 'data');
    await storage.insert('rooms', 'b', { name: 'Lab' }, { expiresAt: 4_000_000_000_000 });
    await storage.insert('rooms', 'a', { list: [1, { x: null }] });
    const file = path('data/rooms.json');
    expect(await readFile(file, 'utf8')).toBe(
      `{
  "revision": 2,
  "documents": [
    {
      "id": "a",
      "revision": 2,
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
      "revision": 1,
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

  it('are made by the first write and not by a look', async () => {
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
    const { revision } = await storage.insert('rooms', 'a', {});
    expect(revision).toBe(10);
    await rm(path());
    expect(await storage.list('rooms')).toEqual([]);
  });

  it('hold no expired documents longer than to the next write', async () => {
    const storage = folder.open();
    await storage.insert('rooms', 'a', { secret: 'gone' }, { expiresAt: Date.now() - 1 });
    await storage.insert('rooms', 'b', {});
    expect(await readFile(path(), 'utf8')).not.toContain('gone');
  });

  it('are replaced once for many writes that wait', async () => {
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

describe('a damaged file', () => {
  const documents = (...lines: string[]) =>
    ['{', '"revision": 1,', '"documents": [', ...lines, ']}'].join('\n');

  it.each([
    ['nothing in it', '', 1],
    ['half of it', '{\n  "revision": 1,\n  "documents": [\n    {\n', 5],
    ['a comma too many', documents('{"id": "a", "revision": 1, "value": {},}'), 4],
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
    ['a value that is none', documents('{"id": "a", "revision": 1, "value": []}'), 4],
    ['something else', documents('{"id": "a", "revision": 1, "value": {}, "more": 1}'), 4],
    ['no documents', '{\n"revision": 1}', 1],
  ])('is reported with its line and left as it is: %s', async (_, text, line) => {
    const storage = folder.open();
    await storage.insert('rooms', 'a', {});
    await writeFile(path(), text);
    const attempts = [
      () => storage.get('rooms', 'a'),
      () => storage.list('rooms'),
      () => storage.insert('rooms', 'b', {}),
      () => folder.open().insert('rooms', 'b', {}),
      () => storage.watch('rooms', () => undefined),
    ];
    for (const attempt of attempts) {
      const error: unknown = await attempt().catch((reason: unknown) => reason);
      expect(error).toEqual(code('RK_STORAGE_DAMAGED'));
      expect(String(error)).toContain(`${path()}, line ${line}:`);
    }
    expect(await readFile(path(), 'utf8')).toBe(text);
  });

  it('is reported where its bytes are not UTF-8', async () => {
    const bytes = Buffer.from(
      documents('{"id": "a", "revision": 1, "value": {"n": "J\u00fcrg"}}'),
      'latin1',
    );
    await writeFile(path(), bytes);
    await expect(folder.open().insert('rooms', 'b', {})).rejects.toThrow('line 4:');
    expect(await readFile(path())).toEqual(bytes);
  });

  it('is used again once it is mended', async () => {
    const storage = folder.open();
    const document = await storage.insert('rooms', 'a', { n: 1 });
    const text = await readFile(path(), 'utf8');
    await writeFile(path(), text.slice(1));
    await expect(storage.get('rooms', 'a')).rejects.toThrow(code('RK_STORAGE_DAMAGED'));
    await writeFile(path(), text);
    expect(await storage.get('rooms', 'a')).toEqual(document);
  });
});

describe('what the system refuses', () => {
  it('is RK_STORAGE_IO', async () => {
    await writeFile(path('taken'), '');
    const storage = folder.open(silent, 'taken/data');
    await expect(storage.insert('rooms', 'a', {})).rejects.toThrow(code('RK_STORAGE_IO'));
    await mkdir(path());
    await expect(folder.open().list('rooms')).rejects.toThrow(code('RK_STORAGE_IO'));
  });

  it('says what to do about permissions', async (context) => {
    const lenient = process.platform === 'win32' || process.getuid?.() === 0;
    context.skip(lenient, 'the system lets root, and everybody on Windows, write to any folder');
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

describe('a write that is aborted while it waits', () => {
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
  it('says once that the file cannot be read, and goes on when it can', async () => {
    const warn = vi.fn();
    const storage = folder.open({ ...silent, warn });
    const other = folder.open();
    await other.insert('rooms', 'a', {});
    const changes: StorageChange[] = [];
    let look = (): void => undefined;
    await storage.watch('rooms', (change) => {
      changes.push(change);
      look();
    });
    const text = await readFile(path(), 'utf8');
    await writeFile(path(), text.slice(1));
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    await writeFile(path(), text);
    const told = new Promise<void>((resolve) => (look = resolve));
    const document = await other.insert('rooms', 'b', {});
    await told;
    expect(changes).toEqual([{ type: 'put', document }]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('tells what a person changed by hand', async () => {
    const storage = folder.open();
    await storage.insert('rooms', 'a', {});
    const told = new Promise<StorageChange>((resolve) => {
      void storage.watch('rooms', resolve).then(() => rm(path()));
    });
    expect(await told).toEqual({ type: 'remove', id: 'a' });
  });
});

describe('the plugin', () => {
  it('stores in the data folder, or where the configuration says', async () => {
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
