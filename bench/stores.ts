/** Stores with any number of rooms and users, for measurements. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage, StoredDocument } from '@roomkey/core';
import { MemoryStorage } from '@roomkey/core/conformance';
import jsonPlugin from '@roomkey/storage-json';
import mongoPlugin from '@roomkey/storage-mongo';
import { MongoClient } from 'mongodb';
import { Accounts } from '#core/people/accounts.js';
import { nameKey } from '#core/people/names.js';
import { People } from '#core/people/people.js';
import { LiveRooms } from '#core/rooms/live-rooms.js';
import { encodeRoomRecord } from '#core/rooms/room-record.js';
import { Rooms } from '#core/rooms/rooms.js';
import { VisitedRooms } from '#core/rooms/visited-rooms.js';
import { toHex } from '#core/secure/bytes.js';
import { createIdentitySeed, identityFromSeed } from '#core/secure/identity.js';
import { createRoomParameters, roomId } from '#core/secure/room-parameters.js';
import { storageCipher } from '#core/secure/storage-cipher.js';
import { logger, openPlugin, type Opened } from './plugin.js';

export const USER = { name: 'Ada', password: 'correct horse battery' };

/** A kind of store, in temporary places. */
export interface StoreKind {
  readonly name: 'JSON' | 'MongoDB';
  /** The number of documents to write at once. */
  readonly batch: number;
  /** Opens the store of this name, as another process would. */
  open(place: string): Promise<Opened<Storage>>;
  dispose(): Promise<void>;
}

export async function jsonFiles(): Promise<StoreKind> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-bench-'));
  return {
    name: 'JSON',
    // Each write writes the whole file, with all pending changes.
    batch: 2_000,
    open: (place) => openPlugin(jsonPlugin, { folder: join(folder, place) }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** @param uri the server's; creates databases there, and drops them */
export function mongoDatabases(uri: string): StoreKind {
  const prefix = `roomkey-bench-${randomBytes(4).toString('hex')}`;
  const databases = new Set<string>();
  return {
    name: 'MongoDB',
    batch: 20,
    open: async (place) => {
      const database = `${prefix}-${place}`;
      const opened = await openPlugin(mongoPlugin, { uri, database });
      databases.add(database);
      return opened;
    },
    dispose: async () => {
      if (databases.size === 0) return;
      const client = new MongoClient(uri);
      try {
        for (const database of databases) await client.db(database).dropDatabase();
      } finally {
        await client.close();
      }
    },
  };
}

/** Documents of `count` rooms and `count` users; only `USER` can sign in. */
export async function makePopulation(
  count: number,
): Promise<Record<'rooms' | 'users', Document[]>> {
  const memory = new MemoryStorage();
  const configFolder = await mkdtemp(join(tmpdir(), 'roomkey-bench-'));
  try {
    await accountsIn(memory, configFolder).create(USER.name, USER.password);
  } finally {
    await rm(configFolder, { recursive: true, force: true });
  }
  const [user] = await memory.list('users');
  if (user === undefined) throw new Error('The account is not stored.');
  // No one can sign in as the others.
  const others = Array.from({ length: count - 1 }, (_, index) => {
    const name = `User ${String(index)}`;
    const publicKey = randomBytes(32).toString('hex');
    return { id: nameKey(name), value: { ...user.value, name, publicKey } };
  });
  return {
    users: [user, ...others],
    rooms: Array.from({ length: count }, (_, index) => makeRoom(`Room ${String(index)}`)),
  };
}

type Document = Pick<StoredDocument, 'id' | 'value'>;

const owner = identityFromSeed(createIdentitySeed());

export function makeRoom(name: string): Document {
  const parameters = createRoomParameters(owner.publicKey, 0);
  const id = toHex(roomId(parameters));
  return { id, value: encodeRoomRecord({ id, parameters, name, ownerName: USER.name }, owner) };
}

export async function fill(
  storage: Storage,
  collection: string,
  documents: readonly Document[],
  batch: number,
): Promise<void> {
  for (let at = 0; at < documents.length; at += batch) {
    const together = documents.slice(at, at + batch);
    await Promise.all(together.map(({ id, value }) => storage.insert(collection, id, value)));
  }
}

export function roomsIn(storage: Storage): Rooms {
  const nowhere = {
    announce: () => Promise.reject(new Error('not used')),
    discover: () => Promise.reject(new Error('not used')),
  };
  const live = new LiveRooms({ discovery: nowhere, logger });
  const directoryKey = randomBytes(32);
  return new Rooms({
    storage,
    live,
    logger,
    cipher: storageCipher,
    directoryKey,
    configFolder: '/nonexistent',
    people: new People({ configFolder: '/nonexistent' }),
    visits: new VisitedRooms({ configFolder: '/nonexistent', logger }),
  });
}

/** @param configFolder the folder of the accounts' own files; default: none, enough to unlock */
export function accountsIn(storage: Storage, configFolder = '/nonexistent'): Accounts {
  return new Accounts({
    storage,
    storeName: '',
    logger,
    cipher: storageCipher,
    configFolder,
    people: new People({ configFolder }),
  });
}

/** A store that measures the time of its operations. */
export class TimedStorage implements Storage {
  /** The sum of the times, ms. */
  waited = 0;
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get: Storage['get'] = (...given) => this.#time(() => this.#storage.get(...given));
  list: Storage['list'] = (...given) => this.#time(() => this.#storage.list(...given));
  insert: Storage['insert'] = (...given) => this.#time(() => this.#storage.insert(...given));
  replace: Storage['replace'] = (...given) => this.#time(() => this.#storage.replace(...given));
  remove: Storage['remove'] = (...given) => this.#time(() => this.#storage.remove(...given));
  watch: Storage['watch'] = (...given) => this.#time(() => this.#storage.watch(...given));

  async #time<T>(operation: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await operation();
    } finally {
      this.waited += performance.now() - begun;
    }
  }
}
