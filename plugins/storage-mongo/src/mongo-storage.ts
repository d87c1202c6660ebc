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
import { ChangeTokens } from './change-tokens.js';
import { RecordWatcher } from './record-watcher.js';
import { MongoCollection } from './mongo-collection.js';
import type { MongoServer } from './mongo-server.js';
import { isGone, toDocument, type StoredRecord, type RecordContent } from './record.js';

interface Opened {
  readonly records: MongoCollection;
  readonly watch: RecordWatcher;
}

/** A `Storage` in a MongoDB database, shared by many machines. */
export class MongoStorage implements Storage {
  readonly #server: MongoServer;
  readonly #logger: Logger;
  /** Set on servers without change streams. */
  readonly #changeTokens: ChangeTokens | undefined;
  readonly #opened = new Map<string, Opened>();

  constructor(server: MongoServer, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
    this.#changeTokens = server.abilities.changeStreams
      ? undefined
      : new ChangeTokens(server, logger);
  }

  get(
    collection: string,
    id: string,
    options?: OperationOptions,
  ): Promise<StoredDocument | undefined> {
    return this.#run(collection, id, options, async ({ records }) => {
      const record = await records.get(id, options?.signal);
      return record && !isGone(record) ? toDocument(collection, record) : undefined;
    });
  }

  list(collection: string, options?: OperationOptions): Promise<StoredDocument[]> {
    return this.#run(collection, undefined, options, async ({ records }) => {
      const documents: StoredDocument[] = [];
      for await (const batch of records.list(options?.signal)) {
        for (const record of batch) {
          if (!isGone(record)) documents.push(toDocument(collection, record));
        }
      }
      return documents.sort((a, b) => (a.id < b.id ? -1 : 1));
    });
  }

  async insert(
    collection: string,
    id: string,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument> {
    const content = contentOf(value, options);
    return this.#run(collection, id, options, async (opened) => {
      const record = await opened.records.insert(id, content, options?.signal);
      this.#announceWrite(opened, record);
      return toDocument(collection, record);
    });
  }

  async replace(
    collection: string,
    id: string,
    revision: number,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument> {
    const content = contentOf(value, options);
    return this.#run(collection, id, options, async (opened) => {
      const record = await opened.records.replace(id, revision, content, options?.signal);
      this.#announceWrite(opened, record);
      return toDocument(collection, record);
    });
  }

  remove(
    collection: string,
    id: string,
    revision: number,
    options?: OperationOptions,
  ): Promise<void> {
    return this.#run(collection, id, options, async (opened) => {
      const content = { removed: true, expiresAt: new Date() } as const;
      this.#announceWrite(
        opened,
        await opened.records.replace(id, revision, content, options?.signal),
      );
    });
  }

  watch(
    collection: string,
    onChange: (change: StorageChange) => void,
    options?: OperationOptions,
  ): Promise<StorageWatch> {
    return this.#run(collection, undefined, options, ({ watch }) =>
      watch.subscribe(onChange, options?.signal),
    );
  }

  async close(): Promise<void> {
    for (const { watch } of this.#opened.values()) watch.close();
    await this.#changeTokens?.close();
    await this.#server.close();
  }

  async #run<T>(
    collection: string,
    id: string | undefined,
    options: OperationOptions | undefined,
    operation: (opened: Opened) => Promise<T>,
  ): Promise<T> {
    const signal = options?.signal;
    signal?.throwIfAborted();
    checkStorageNames(collection, id);
    try {
      return await operation(this.#open(collection));
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      throw this.#server.describe(error);
    }
  }

  #announceWrite({ records, watch }: Opened, record: StoredRecord): void {
    watch.update(record);
    this.#changeTokens?.bump(records.name);
  }

  #open(name: string): Opened {
    let opened = this.#opened.get(name);
    if (opened === undefined) {
      const records = new MongoCollection(name, this.#server, this.#logger);
      const watch = new RecordWatcher(records, this.#server, this.#changeTokens, this.#logger);
      opened = { records, watch };
      this.#opened.set(name, opened);
    }
    return opened;
  }
}

/** @throws TypeError for what JSON or a date cannot say: a bug of the caller */
function contentOf(value: JsonObject, options: WriteOptions | undefined): RecordContent {
  const text = JSON.stringify(value);
  if (options?.expiresAt === undefined) return { value: text };
  const expiresAt = new Date(options.expiresAt);
  if (Number.isNaN(expiresAt.getTime())) throw new TypeError('expiresAt is not a moment in time.');
  return { value: text, expiresAt };
}
