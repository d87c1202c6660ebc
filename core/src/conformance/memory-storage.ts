import type {
  JsonObject,
  OperationOptions,
  Storage,
  StorageChange,
  StorageWatch,
  StoredDocument,
  WriteOptions,
} from '../contracts/index.js';
import { RoomkeyError } from '../errors/index.js';
import { MAX_TIMEOUT_MS } from '../util/long-timeout.js';
import { checkStorageNames } from '../util/storage-names.js';

interface Collection {
  /** The newest revision given out; every write takes the next, so none comes back. */
  revision: number;
  readonly documents: Map<string, StoredDocument>;
  readonly watchers: Set<(change: StorageChange) => void>;
  readonly expiries: Map<string, NodeJS.Timeout>;
}

/** What several `MemoryStorage` share as processes share a folder. */
export class MemoryBackend {
  readonly #collections = new Map<string, Collection>();

  collection(name: string): Collection {
    let found = this.#collections.get(name);
    if (found === undefined) {
      found = { revision: 0, documents: new Map(), watchers: new Set(), expiries: new Map() };
      this.#collections.set(name, found);
    }
    return found;
  }
}

// JSON, so that what comes back is what a store on a backend would give back.
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** A `Storage` in memory, for tests: it passes the conformance kit and is gone with the process. */
export class MemoryStorage implements Storage {
  readonly #backend: MemoryBackend;

  /** @param backend shared with others, or a backend of its own */
  constructor(backend = new MemoryBackend()) {
    this.#backend = backend;
  }

  async get(
    collection: string,
    id: string,
    options?: OperationOptions,
  ): Promise<StoredDocument | undefined> {
    await begin(options);
    checkStorageNames(collection, id);
    const document = current(this.#backend.collection(collection), id);
    return document && copy(document);
  }

  async list(collection: string, options?: OperationOptions): Promise<StoredDocument[]> {
    await begin(options);
    checkStorageNames(collection);
    const stored = this.#backend.collection(collection);
    const ids = [...stored.documents.keys()].sort();
    return copy(ids.flatMap((id) => current(stored, id) ?? []));
  }

  async insert(
    collection: string,
    id: string,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument> {
    await begin(options);
    checkStorageNames(collection, id);
    const stored = this.#backend.collection(collection);
    if (current(stored, id) !== undefined) {
      throw new RoomkeyError('RK_STORAGE_EXISTS', `${collection}/${id} is stored already.`);
    }
    return put(stored, id, value, options);
  }

  async replace(
    collection: string,
    id: string,
    revision: number,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument> {
    await begin(options);
    checkStorageNames(collection, id);
    const stored = this.#backend.collection(collection);
    requireRevision(stored, collection, id, revision);
    return put(stored, id, value, options);
  }

  async remove(
    collection: string,
    id: string,
    revision: number,
    options?: OperationOptions,
  ): Promise<void> {
    await begin(options);
    checkStorageNames(collection, id);
    const stored = this.#backend.collection(collection);
    requireRevision(stored, collection, id, revision);
    drop(stored, id);
  }

  async watch(
    collection: string,
    onChange: (change: StorageChange) => void,
    options?: OperationOptions,
  ): Promise<StorageWatch> {
    await begin(options);
    checkStorageNames(collection);
    const { watchers } = this.#backend.collection(collection);
    const tell = (change: StorageChange) => {
      try {
        onChange(copy(change));
      } catch {
        // A listener's failure is its own; a store with a logger writes it there.
      }
    };
    watchers.add(tell);
    return { stop: () => Promise.resolve(void watchers.delete(tell)) };
  }
}

/** Gives way once, as a real store does, so that callers do not come to rely on its absence. */
async function begin(options: OperationOptions | undefined): Promise<void> {
  options?.signal?.throwIfAborted();
  await Promise.resolve();
}

function current(stored: Collection, id: string): StoredDocument | undefined {
  const document = stored.documents.get(id);
  return (document?.expiresAt ?? Infinity) > Date.now() ? document : undefined;
}

function requireRevision(
  stored: Collection,
  collection: string,
  id: string,
  revision: number,
): void {
  if (current(stored, id)?.revision !== revision) {
    throw new RoomkeyError(
      'RK_STORAGE_CONFLICT',
      `${collection}/${id} was changed or removed meanwhile; read it again.`,
    );
  }
}

function put(
  stored: Collection,
  id: string,
  value: JsonObject,
  options?: WriteOptions,
): StoredDocument {
  stored.revision += 1;
  const { expiresAt } = options ?? {};
  const document = copy({
    id,
    revision: stored.revision,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    value,
  });
  stored.documents.set(id, document);
  forgetExpiry(stored, id);
  tell(stored, { type: 'put', document });
  if (expiresAt !== undefined) expireLater(stored, id, expiresAt);
  return copy(document);
}

function drop(stored: Collection, id: string): void {
  stored.documents.delete(id);
  forgetExpiry(stored, id);
  tell(stored, { type: 'remove', id });
}

function expireLater(stored: Collection, id: string, expiresAt: number): void {
  const delay = Math.min(Math.max(expiresAt - Date.now(), 0), MAX_TIMEOUT_MS);
  const timer = setTimeout(() => {
    if (expiresAt > Date.now()) expireLater(stored, id, expiresAt);
    else drop(stored, id);
  }, delay);
  timer.unref();
  stored.expiries.set(id, timer);
}

function forgetExpiry(stored: Collection, id: string): void {
  clearTimeout(stored.expiries.get(id));
  stored.expiries.delete(id);
}

function tell(stored: Collection, change: StorageChange): void {
  for (const watcher of stored.watchers) watcher(change);
}
