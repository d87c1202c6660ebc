import {
  checkStorageNames,
  createYielder,
  type JsonObject,
  type Logger,
  type OperationOptions,
  type Storage,
  type StorageChange,
  type StorageWatch,
  type StoredDocument,
  type WriteOptions,
  settleOrAbort,
} from '@roomkey/core';
import { Collection } from './collection.js';
import { toDocument, valueText, type Contents, type Entry } from './contents.js';
import { liveEntry, type Draft } from './draft.js';
import { conflictError, existsError } from './errors.js';
import { FolderLock } from './folder-lock.js';

/** A `Storage` in a folder of JSON files, one a collection; several processes may share it. */
export class JsonStorage implements Storage {
  readonly #folder: string;
  readonly #logger: Logger;
  /** By folder: links may lead into others. */
  readonly #locks = new Map<string, FolderLock>();
  readonly #collections = new Map<string, Collection>();

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
  }

  async get(
    collection: string,
    id: string,
    options?: OperationOptions,
  ): Promise<StoredDocument | undefined> {
    const contents = await this.#read(options, collection, id);
    const entry = liveEntry(contents, id, Date.now());
    return entry && toDocument(entry);
  }

  async list(collection: string, options?: OperationOptions): Promise<StoredDocument[]> {
    const contents = await this.#read(options, collection);
    const now = Date.now();
    const documents: StoredDocument[] = [];
    const yieldIfDue = createYielder();
    for (const entry of contents.entries) {
      options?.signal?.throwIfAborted();
      if (entry.expiresAt > now) documents.push(toDocument(entry));
      await yieldIfDue();
    }
    return documents;
  }

  async insert(
    collection: string,
    id: string,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument> {
    const text = valueText(value);
    checkExpiry(options);
    const change = (draft: Draft): Entry => {
      if (draft.get(id) !== undefined) throw existsError(collection, id);
      return draft.put(id, text, options?.expiresAt);
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
    const text = valueText(value);
    checkExpiry(options);
    const change = (draft: Draft): Entry => {
      if (draft.get(id)?.revision !== revision) throw conflictError(collection, id);
      return draft.put(id, text, options?.expiresAt);
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
    const watching = this.#open(options, collection).watch(onChange, options?.signal);
    return waitFor(watching, options);
  }

  /** Ends the watches, waits for the writes, and leaves nothing but the documents behind. */
  async close(): Promise<void> {
    await Promise.all([...this.#collections.values()].map((collection) => collection.close()));
    await Promise.all([...this.#locks.values()].map((lock) => lock.close()));
  }

  #lockOf(folder: string): FolderLock {
    let lock = this.#locks.get(folder);
    if (lock === undefined) {
      lock = new FolderLock(folder);
      this.#locks.set(folder, lock);
    }
    return lock;
  }

  #read(options: OperationOptions | undefined, name: string, id?: string): Promise<Contents> {
    return waitFor(this.#open(options, name, id).read(), options);
  }

  #open(options: OperationOptions | undefined, name: string, id?: string): Collection {
    options?.signal?.throwIfAborted();
    checkStorageNames(name, id);
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = new Collection(this.#folder, name, (at) => this.#lockOf(at), this.#logger);
      this.#collections.set(name, collection);
    }
    return collection;
  }
}

/** Waits no longer than the signal allows. */
function waitFor<T>(promise: Promise<T>, options: OperationOptions | undefined): Promise<T> {
  return options?.signal === undefined ? promise : settleOrAbort(promise, options.signal);
}

/** JSON has neither NaN nor Infinity: the file could not be read again. */
function checkExpiry(options: WriteOptions | undefined): void {
  const expiresAt = options?.expiresAt ?? 0;
  if (!Number.isFinite(expiresAt)) throw new TypeError(`${expiresAt} is no time to expire at.`);
}
