import { expect, test } from 'vitest';
import type { Storage } from '@roomkey/core';
import { MemoryStorage } from '@roomkey/core/conformance';
import { copyStorage } from '../../src/storage/index.js';

async function filled(): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  for (let n = 0; n < 200; n += 1) await storage.insert('rooms', `r${n}`, { name: `Room ${n}` });
  await storage.insert('users', 'anna', { name: 'Anna', failures: 0, lockedUntil: 0 });
  await storage.insert('users', 'bert', { name: 'Bert', failures: 0, lockedUntil: 0 });
  await storage.insert('endpoints', 'r1', { sealed: 'x' }, { expiresAt: Date.now() + 60_000 });
  return storage;
}

const contents = async (storage: Storage, collection: string) =>
  (await storage.list(collection)).map(({ id, value }) => ({ id, value }));

test('copies accounts and rooms, and nothing the second time', async () => {
  const [from, to] = [await filled(), new MemoryStorage()];
  const progress: unknown[] = [];
  const onProgress = (...args: unknown[]) => progress.push(args);
  expect(await copyStorage(from, to, { onProgress })).toEqual([
    { collection: 'users', total: 2, copied: 2, unchanged: 0, different: [] },
    { collection: 'rooms', total: 200, copied: 200, unchanged: 0, different: [] },
  ]);
  expect(progress.at(-1)).toEqual(['rooms', 200, 200]);
  for (const collection of ['users', 'rooms']) {
    expect(await contents(to, collection)).toEqual(await contents(from, collection));
  }
  expect(await to.list('endpoints')).toEqual([]);

  const before = await to.list('rooms');
  expect(await copyStorage(from, to)).toMatchObject([
    { copied: 0, unchanged: 2 },
    { copied: 0, unchanged: 200 },
  ]);
  expect(await to.list('rooms')).toEqual(before);
});

test('writes over nothing, and says what differs', async () => {
  const [from, to] = [await filled(), new MemoryStorage()];
  await to.insert('users', 'anna', { name: 'Anna', failures: 3, lockedUntil: 5 });
  await to.insert('users', 'bert', { name: 'Another Bert', failures: 0, lockedUntil: 0 });
  await to.insert('rooms', 'own', { name: 'Own' });
  expect(await copyStorage(from, to)).toMatchObject([
    // A password that was mistyped makes no other account.
    { copied: 0, unchanged: 1, different: ['bert'] },
    { copied: 200, unchanged: 0, different: [] },
  ]);
  expect((await to.get('users', 'bert'))?.value).toMatchObject({ name: 'Another Bert' });
  expect(await to.get('rooms', 'own')).toBeDefined();
});

test('goes on where it was cut off', async () => {
  const from = await filled();
  const to = new (class extends MemoryStorage {
    left = 100;
    override async insert(...args: Parameters<Storage['insert']>) {
      this.left -= 1;
      if (this.left < 0) throw new Error('cut off');
      return super.insert(...args);
    }
  })();
  await expect(copyStorage(from, to)).rejects.toThrow('cut off');
  const { length } = await to.list('rooms');
  expect(length).toBeGreaterThan(0);
  to.left = Infinity;
  expect(await copyStorage(from, to)).toMatchObject([
    { copied: 0, unchanged: 2 },
    { copied: 200 - length, unchanged: length, different: [] },
  ]);
});

test('two copies at once do not get in each other’s way', async () => {
  const [from, to] = [await filled(), new MemoryStorage()];
  const results = await Promise.all([copyStorage(from, to), copyStorage(from, to)]);
  for (const result of results) {
    for (const { copied, unchanged, total, different } of result) {
      expect([copied + unchanged, different]).toEqual([total, []]);
    }
  }
  expect(await contents(to, 'rooms')).toEqual(await contents(from, 'rooms'));
});
