import {
  checkStorageNames,
  type JsonObject,
  type Logger,
  type OperationOptions,
  type Storage,
  type StorageChange,
  type StorageWatch,
  type StoredDocument,
  type WriteOptions,
} from '@roomkey/core';
import { createBreather } from './breather.js';
import { inOrder, toDocument, type Entry } from './codec.js';
import { Collection } from './collection.js';
import { liveEntry, type Draft } from './draft.js';
import { conflictError, existsError } from './errors.js';
import { FolderLock } from './folder-lock.js';

/** A `Storage` in a folder of JSON files, one a collection; several processes may share it. */
export class JsonStorage implements Storage {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #lock: FolderLock;
  readonly #collections = new Map<string, Collection>();

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
    this.#lock = new FolderLock(folder);
  }

  async get(
    collection: string,
    id: string,
    options?: OperationOptions,
  ): Promise<StoredDocument | undefined> {
    const contents = await this.#open(options, collection, id).read();
    options?.signal?.throwIfAborted();
    const entry = liveEntry(contents, id, Date.now());
    return entry && toDocument(entry);
  }

  async list(collection: string, options?: OperationOptions): Promise<StoredDocument[]> {
    const contents = await this.#open(options, collection).read();
    const now = Date.now();
    const documents: StoredDocument[] = [];
    const breathe = createBreather();
    for (const entry of inOrder(contents)) {
      options?.signal?.throwIfAborted();
      if (entry.expiresAt > now) documents.push(toDocument(entry));
      await breathe();
    }
    return documents;
  }

  async insert(
    collection: string,
    id: string,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument> {
    const copy = copyOf(value);
    const change = (draft: Draft): Entry => {
      if (draft.get(id) !== undefined) throw existsError(collection, id);
      return draft.put(id, copy, options?.expiresAt);
    };
    return toDocument(await this.#open(options, collection, id).write(change, options?.signal));
  }

  async replace(
    collection: string,
    id: string,
    revision: number,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument> {
    const copy = copyOf(value);
    const change = (draft: Draft): Entry => {
      if (draft.get(id)?.revision !== revision) throw conflictError(collection, id);
      return draft.put(id, copy, options?.expiresAt);
    };
    return toDocument(await this.#open(options, collection, id).write(change, options?.signal));
  }

  async remove(
    collection: string,
    id: string,
    revision: number,
    options?: OperationOptions,
  ): Promise<void> {
    const change = (draft: Draft): void => {
      if (draft.get(id)?.revision !== revision) throw conflictError(collection, id);
      draft.remove(id);
    };
    await this.#open(options, collection, id).write(change, options?.signal);
  }

  async watch(
    collection: string,
    onChange: (change: StorageChange) => void,
    options?: OperationOptions,
  ): Promise<StorageWatch> {
    return this.#open(options, collection).watch(onChange);
  }

  /** Ends the watches, waits for the writes, and leaves nothing but the documents behind. */
  async close(): Promise<void> {
    await Promise.all([...this.#collections.values()].map((collection) => collection.close()));
    await this.#lock.close();
  }

  #open(options: OperationOptions | undefined, name: string, id?: string): Collection {
    options?.signal?.throwIfAborted();
    checkStorageNames(name, id);
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = new Collection(this.#folder, name, this.#lock, this.#logger);
      this.#collections.set(name, collection);
    }
    return collection;
  }
}

/** The caller may change its value as soon as the call returns. */
function copyOf(value: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
