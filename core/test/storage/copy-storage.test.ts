import { expect, test } from 'vitest';
import type { JsonObject, JsonValue, Storage } from '@roomkey/core';
import { MemoryStorage } from '@roomkey/core/conformance';
import { nameKey } from '../../src/people/names.js';
import { encodeRoomRecord } from '../../src/rooms/room-record.js';
import { toHex } from '../../src/secure/bytes.js';
import { createRoomParameters, roomId } from '../../src/secure/room-parameters.js';
import { copyStorage } from '../../src/storage/index.js';
import { newIdentity } from '../secure/peers.js';

const owner = newIdentity();
const SALT = 'A'.repeat(22);

/** An account as an import makes it, which takes no scrypt. */
function user(name: string, verifier: string, failures = 0): { id: string; value: JsonObject } {
  const legacyPassword = `$scrypt$ln=17,r=8,p=1$${SALT}$${verifier.repeat(43)}`;
  return { id: nameKey(name), value: { name, legacyPassword, failures, lockedUntil: 0 } };
}

function room(name: string): { id: string; value: JsonObject } {
  const parameters = createRoomParameters(owner.publicKey, 0);
  const id = toHex(roomId(parameters));
  return { id, value: encodeRoomRecord({ id, parameters, name, ownerName: 'Anna' }, owner) };
}

const anna = user('Anna', 'a');
const bert = user('Bert', 'b');

async function filled(): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  for (let n = 0; n < 200; n += 1) {
    const { id, value } = room(`Room ${n}`);
    await storage.insert('rooms', id, value);
  }
  for (const { id, value } of [anna, bert]) await storage.insert('users', id, value);
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
    { collection: 'users', total: 2, copied: 2, unchanged: 0, different: [], damaged: [] },
    { collection: 'rooms', total: 200, copied: 200, unchanged: 0, different: [], damaged: [] },
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
  await to.insert('users', anna.id, user('Anna', 'a', 3).value);
  await to.insert('users', bert.id, user('Bert', 'c').value);
  const own = room('Own');
  await to.insert('rooms', own.id, own.value);
  expect(await copyStorage(from, to)).toMatchObject([
    // A password that was mistyped makes no other account.
    { copied: 0, unchanged: 1, different: [bert.id] },
    { copied: 200, unchanged: 0, different: [] },
  ]);
  expect((await to.get('users', bert.id))?.value).toEqual(user('Bert', 'c').value);
  expect(await to.get('rooms', own.id)).toBeDefined();
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

test('leaves out what is neither an account nor a room', async () => {
  const [from, to] = [await filled(), new MemoryStorage()];
  let deep: JsonValue = 1;
  for (let n = 0; n < 1_000; n += 1) deep = [deep];
  await from.insert('users', 'junk', { deep });
  const moved = room('Moved');
  await from.insert('rooms', 'ab'.repeat(16), moved.value);
  await from.insert('users', nameKey('Cleo'), anna.value);
  expect(await copyStorage(from, to)).toMatchObject([
    { total: 4, copied: 2, damaged: [nameKey('Cleo'), 'junk'].sort() },
    { total: 201, copied: 200, damaged: ['ab'.repeat(16)] },
  ]);
  expect(await to.get('users', 'junk')).toBeUndefined();
});
