import { link, lstat, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StorageChange } from '@roomkey/core';
import { makeBusy } from '../../../test/support/busy-files.js';
import { silent, TestFolder } from './support.js';

const folder = new TestFolder();

describe('a file that another program holds open for a moment', () => {
  it('is still written, read and locked', async () => {
    const fits = (path: string) => path.startsWith(folder.path);
    const failures = (['rename', 'rm', 'open', 'link'] as const).map((operation) =>
      makeBusy(operation, fits, { code: 'EBUSY' }),
    );
    const storage = folder.open();
    const document = await storage.insert('rooms', 'lab', {});
    expect(await folder.open().get('rooms', 'lab')).toEqual(document);
    expect(failures.map((failed) => failed())).toEqual([2, 2, 2, 2]);
  });

  it('is reported if the program does not release it', async () => {
    makeBusy('rename', (to) => to.endsWith('rooms.json'), { code: 'EBUSY', times: Infinity });
    const inserting = folder.open().insert('rooms', 'lab', {});
    await expect(inserting).rejects.toThrow('another program has it open');
  });
});

describe('a file that is a link', () => {
  let data = '';
  let shared = '';
  beforeEach(async () => {
    data = join(folder.path, 'data');
    shared = join(folder.path, 'shared');
    await mkdir(data, { mode: 0o700 });
    await mkdir(shared, { mode: 0o700 });
    await symlink('../shared/rooms.json', join(data, 'rooms.json'));
  });

  it('is written at its target, also if that does not exist yet', async () => {
    const storage = folder.open(silent, 'data');
    expect(await storage.list('rooms')).toEqual([]);
    const document = await storage.insert('rooms', 'lab', { n: 1 });
    await storage.replace('rooms', 'lab', document.revision, { n: 2 });
    expect((await lstat(join(data, 'rooms.json'))).isSymbolicLink()).toBe(true);
    expect((await folder.open(silent, 'shared').get('rooms', 'lab'))?.value).toEqual({ n: 2 });
    await storage.close();
    expect(await readdir(data)).toEqual(['rooms.json']);
    expect(await readdir(shared)).toEqual(['rooms.json']);
  });

  it('loses no writes of stores that open the target itself', async () => {
    const stores = [folder.open(silent, 'data'), folder.open(silent, 'shared')];
    const ids = Array.from({ length: 20 }, (_, n) => `lab${n}`);
    for (const id of ids) {
      await Promise.all(stores.map((storage, n) => storage.insert('rooms', `${id}-${n}`, {})));
    }
    expect(await stores[0]?.list('rooms')).toHaveLength(40);
  });

  it('is watched at its target', async () => {
    const storage = folder.open(silent, 'data');
    const changed = new Promise<StorageChange>((resolve) => {
      void storage
        .watch('rooms', resolve)
        .then(() => folder.open(silent, 'shared').insert('rooms', 'lab', {}));
    });
    expect(await changed).toMatchObject({ type: 'put', document: { id: 'lab' } });
  });

  it('stays in place if its damaged target is quarantined', async () => {
    await writeFile(join(shared, 'rooms.json'), '{');
    const storage = folder.open(silent, 'data');
    await expect(storage.list('rooms')).rejects.toMatchObject({ code: 'RK_STORAGE_DAMAGED' });
    await storage.insert('rooms', 'lab', {});
    const [kept = '', ...others] = (await readdir(shared)).filter((name) =>
      name.includes('damaged'),
    );
    expect(others).toEqual([]);
    expect(await readFile(join(shared, kept), 'utf8')).toBe('{');
    expect((await lstat(join(data, 'rooms.json'))).isSymbolicLink()).toBe(true);
    expect(await folder.open(silent, 'shared').list('rooms')).toHaveLength(1);
  });

  it('in a circle is reported', async () => {
    await symlink('rooms.json', join(shared, 'rooms.json'));
    await expect(folder.open(silent, 'data').list('rooms')).rejects.toThrow('form a loop');
  });

  it('with a second, hard name is warned of once', async () => {
    const storage = folder.open(silent, 'data');
    const { revision } = await storage.insert('rooms', 'lab', {});
    await link(join(shared, 'rooms.json'), join(shared, 'other.json'));
    const said: string[] = [];
    const other = folder.open({ ...silent, warn: (message) => void said.push(message) }, 'data');
    await other.list('rooms');
    await other.replace('rooms', 'lab', revision, {});
    expect(said).toEqual([expect.stringContaining('hard link')]);
  });
});
