import { MongoClient, type Document } from 'mongodb';
import { expect, it } from 'vitest';
import { deferred, type StorageChange } from '@roomkey/core';
import { TestDatabase } from '../../../test/support/mongo.js';
import { describeWith } from '../../../test/support/optional.js';
import { openStorage, silent } from './support.js';

const good = { revision: 1, write: 'w', value: '{"n":1}' };

/** Documents that another program, a person with a shell, or an attacker may have stored. */
const foreign: readonly Document[] = [
  { _id: 'no-revision' },
  { _id: 7, ...good },
  { _id: { a: 1 }, ...good },
  { ...good },
  { _id: 'not/an/id', ...good },
  { _id: 'x'.repeat(200), ...good },
  { _id: 'text-revision', ...good, revision: '1' },
  { _id: 'broken-revision', ...good, revision: 1.5 },
  { _id: 'highest-revision', ...good, revision: Number.MAX_SAFE_INTEGER },
  { _id: 'negative-revision', ...good, revision: -1 },
  { _id: 'text-expiry', ...good, expiresAt: 'tomorrow' },
  { _id: 'no-value', revision: 1, write: 'w' },
  { _id: 'no-json', ...good, value: '{' },
  { _id: 'a-list', ...good, value: '[]' },
  { _id: 'no-text', ...good, value: { n: 1 } },
];

describeWith('mongo', 'documents that are not Roomkey’s', () => {
  const database = new TestDatabase();

  /** Inserts documents into `rooms` without the plugin, like a shell. */
  async function put(documents: readonly Document[]): Promise<void> {
    const client = new MongoClient(database.uri);
    try {
      const rooms = client.db(database.name).collection('roomkey_rooms');
      for (const document of documents) await rooms.insertOne({ ...document });
    } finally {
      await client.close();
    }
  }

  it('are skipped with one warning, and do not block the others', async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const storage = await openStorage(database.uri, database.name, { ...silent, warn });
    const mine = await storage.insert('rooms', 'mine', { n: 1 });
    await put([...foreign, { _id: 'like-ours', ...good }]);
    const ours = { id: 'like-ours', revision: 1, value: { n: 1 } };
    expect(await storage.list('rooms')).toEqual([ours, mine]);

    const changes: StorageChange[] = [];
    const changed = deferred<undefined>();
    await storage.watch('rooms', (change) => {
      changes.push(change);
      changed.resolve(undefined);
    });
    await put([{ _id: 'later', revision: 1 }]);
    const next = await storage.insert('rooms', 'next', {});
    await changed.promise;
    expect(changes).toEqual([{ type: 'put', document: next }]);
    expect(await storage.list('rooms')).toEqual([ours, mine, next]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('skipped');
    await storage.close();
  });

  it('cause an error if one is requested by its id, and are not overwritten', async () => {
    const storage = await openStorage(database.uri, database.name);
    await put(foreign.filter(({ _id }) => typeof _id === 'string'));
    for (const id of ['no-revision', 'text-expiry', 'no-json']) {
      await expect(storage.get('rooms', id)).rejects.toMatchObject({
        code: 'RK_STORAGE_DAMAGED',
        message: expect.stringContaining(id) as string,
      });
    }
    await expect(storage.insert('rooms', 'text-expiry', {})).rejects.toMatchObject({
      code: 'RK_STORAGE_DAMAGED',
    });
    await expect(storage.insert('rooms', 'no-json', {})).rejects.toMatchObject({
      code: 'RK_STORAGE_EXISTS',
    });
    await storage.close();
  });

  it('may have their own indexes: an insert that one of these refuses fails', async () => {
    const storage = await openStorage(database.uri, database.name);
    await storage.insert('rooms', 'a', { n: 1 });
    const client = new MongoClient(database.uri);
    const rooms = client.db(database.name).collection('roomkey_rooms');
    await rooms.createIndex({ value: 1 }, { unique: true }, {});
    await client.close();
    await expect(storage.insert('rooms', 'b', { n: 1 })).rejects.toThrow('unique index');
    await storage.close();
  });

  it('of another program with the same names remain', async () => {
    const client = new MongoClient(database.uri);
    const users = client.db(database.name).collection('users');
    await users.insertOne({ token: 'x', revision: 3, expiresAt: new Date(0) });
    const storage = await openStorage(database.uri, database.name);
    await storage.insert('users', 'a', {});
    await storage.close();
    expect(await users.countDocuments()).toBe(1);
    await client.close();
  });
});
