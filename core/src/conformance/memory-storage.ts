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
  /** The last assigned revision; every write gets the next one, so none repeats. */
  revision: number;
  readonly documents: Map<string, StoredDocument>;
  readonly watchers: Set<(change: StorageChange) => void>;
  readonly expiries: Map<string, NodeJS.Timeout>;
}

/** The data shared by several `MemoryStorage`, like a folder shared by processes. */
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

// Through JSON, so that values come back as from a disk.
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** An in-memory `Storage` for tests; passes the conformance kit. */
export class MemoryStorage implements Storage {
  readonly #backend: MemoryBackend;

  /** @param backend shared with other instances; default: a separate one */
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
    const notify = (change: StorageChange) => {
      try {
        onChange(copy(change));
      } catch {
        // Errors of a listener are ignored; a store with a logger logs them.
      }
    };
    watchers.add(notify);
    return { stop: () => Promise.resolve(void watchers.delete(notify)) };
  }
}

/** Yields once, as a real store does, so that callers do not rely on synchronous behavior. */
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
