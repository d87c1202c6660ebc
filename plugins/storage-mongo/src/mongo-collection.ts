import { settleOrAbort, type Logger } from '@roomkey/core';
import type { Collection, Filter, FindOptions, Timestamp } from 'mongodb';
import { openChangeStream, recordChanges, type RecordChange } from './change-feed.js';
import { damagedError, isRefusal } from './errors.js';
import type { MongoServer } from './mongo-server.js';
import { RecordWriter } from './record-writer.js';
import {
  checkHead,
  collectionName,
  isHead,
  isRecord,
  shownId,
  type StoredRecord,
  type RecordContent,
  type RecordHead,
} from './record.js';

/** How long the records of gone documents are kept, in seconds: see `StoredRecord`. */
const KEEP_GONE_S = 86_400;

/** Small enough to decode without blocking the event loop. */
const BATCH = 100;

/** The records of a collection. */
export class MongoCollection {
  readonly name: string;
  readonly #server: MongoServer;
  readonly #writer: RecordWriter;
  readonly #logger: Logger;
  #prepared: Promise<void> | undefined;
  #hasSkipped = false;

  constructor(name: string, server: MongoServer, logger: Logger) {
    this.name = name;
    this.#server = server;
    this.#logger = logger;
    this.#writer = new RecordWriter(name, server);
  }

  /** Returns the record of a removed document too. */
  async get(id: string, signal?: AbortSignal): Promise<StoredRecord | undefined> {
    const record = await this.#run((records) => records.findOne({ _id: id }), signal);
    return record === null ? undefined : checkHead(this.name, record);
  }

  /** Records that were not removed, unordered: some servers read all before they sort. */
  list(signal?: AbortSignal): AsyncIterable<readonly StoredRecord[]> {
    return this.#find({ removed: { $exists: false } }, {}, isRecord, signal);
  }

  /** The records with these ids, unordered. */
  getMany(ids: readonly string[], signal?: AbortSignal): AsyncIterable<readonly StoredRecord[]> {
    return this.#find({ _id: { $in: [...ids] } }, {}, isRecord, signal);
  }

  /** All records without their values, unordered. */
  heads(signal?: AbortSignal): AsyncIterable<readonly RecordHead[]> {
    const projection = { _id: 1, revision: 1, expiresAt: 1, removed: 1 };
    return this.#find({}, { projection }, isHead, signal);
  }

  /** The server's time, as a start for change streams. */
  async now(signal: AbortSignal): Promise<Timestamp> {
    const answer = await this.#server.run((db) => db.command({ ping: 1 }), signal);
    return answer['operationTime'] as Timestamp;
  }

  /** All changes since a time. */
  async *changes(since: Timestamp, signal: AbortSignal): AsyncGenerator<RecordChange> {
    const source = await this.#run(
      (records) => Promise.resolve(openChangeStream(records, since)),
      signal,
    );
    for await (const change of recordChanges(source, signal)) {
      if (change.type === 'reread' || isRecord(change.record)) yield change;
      else this.#skip(change.record);
    }
  }

  /** @throws RoomkeyError `RK_STORAGE_EXISTS` */
  async insert(id: string, content: RecordContent, signal?: AbortSignal): Promise<StoredRecord> {
    await this.#prepare(signal);
    return this.#writer.insert(id, content, signal);
  }

  /** @throws RoomkeyError `RK_STORAGE_CONFLICT` */
  async replace(
    id: string,
    revision: number,
    content: RecordContent,
    signal?: AbortSignal,
  ): Promise<StoredRecord> {
    await this.#prepare(signal);
    return this.#writer.replace(id, revision, content, signal);
  }

  /**
   * The results of a query, in batches. Skips foreign documents: one of them must not block access to
   * the others.
   */
  async *#find<T extends RecordHead>(
    filter: Filter<StoredRecord>,
    options: FindOptions,
    isGood: (record: T) => boolean,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T[]> {
    const cursor = await this.#run(
      (records) => Promise.resolve(records.find<T>(filter, { batchSize: BATCH, ...options })),
      signal,
    );
    try {
      while (await this.#server.run(() => cursor.hasNext(), signal)) {
        const batch = cursor.readBufferedDocuments();
        yield batch.filter((record) => isGood(record) || this.#skip(record));
      }
    } finally {
      cursor.close().catch(() => undefined);
    }
  }

  /** Creates, before the first write, the index that lets the server drop expired records. */
  async #prepare(signal: AbortSignal | undefined): Promise<void> {
    this.#prepared ??= this.#run((records) =>
      records.createIndex({ expiresAt: 1 }, { expireAfterSeconds: KEEP_GONE_S }, {}),
    ).then(
      () => undefined,
      (error: unknown) => {
        this.#prepared = undefined;
        if (!isRefusal(error)) throw error;
        this.#prepared = Promise.resolve();
        // Leftover records do no harm; they only take space.
        const old = { $lte: new Date(Date.now() - KEEP_GONE_S * 1000) };
        const gone = this.#find<StoredRecord>({ expiresAt: old }, {}, isHead, undefined);
        this.#writer.removeExpired(gone).catch(() => undefined);
      },
    );
    await (signal === undefined ? this.#prepared : settleOrAbort(this.#prepared, signal));
  }

  /** Warns once: a database of another program may hold thousands. @returns `false`: not used */
  #skip(record: RecordHead): boolean {
    if (!this.#hasSkipped) {
      const { message } = damagedError(this.name, shownId(record));
      this.#logger.warn(`${message} It is skipped; others like it are skipped without a warning.`);
    }
    this.#hasSkipped = true;
    return false;
  }

  #run<T>(
    command: (records: Collection<StoredRecord>) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#server.run(
      (db) => command(db.collection<StoredRecord>(collectionName(this.name))),
      signal,
    );
  }
}
