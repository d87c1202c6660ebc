import { randomBytes } from 'node:crypto';
import { settleOrAbort } from '@roomkey/core';
import type { Collection, Filter, FindOptions, Timestamp } from 'mongodb';
import { openChangeStream, recordChanges, type RecordChange } from './change-feed.js';
import {
  conflictError,
  existsError,
  isConnectionLost,
  isRefusal,
  unknownOutcomeError,
} from './errors.js';
import { insertNew } from './insert-new.js';
import type { MongoServer } from './mongo-server.js';
import { checkHead, isGone, type Record, type RecordContent, type RecordHead } from './record.js';
import { Turns } from './turns.js';

/** How long the records of gone documents are kept, in seconds: see `Record`. */
const KEEP_GONE_S = 86_400;

/** Few enough that to decode them holds nobody up; between batches others have their turn. */
const BATCH = 100;

/** The records of a collection. Writes are conditional on what was there. */
export class MongoCollection {
  readonly name: string;
  readonly #server: MongoServer;
  readonly #turns: Turns | undefined;
  #prepared: Promise<void> | undefined;

  constructor(name: string, server: MongoServer) {
    this.name = name;
    this.#server = server;
    this.#turns = server.abilities.atomicUpdates ? undefined : new Turns(server);
  }

  /** Also the record of a document that is gone. */
  async get(id: string, signal?: AbortSignal): Promise<Record | undefined> {
    const record = await this.#run((records) => records.findOne({ _id: id }), signal);
    return record === null ? undefined : checkHead(this.name, record);
  }

  /** Those that were not removed, in the order of ids. */
  list(signal?: AbortSignal): AsyncIterable<readonly Record[]> {
    return this.#find({ removed: { $exists: false } }, { sort: { _id: 1 } }, signal);
  }

  /** Those with these ids, in no order. */
  some(ids: readonly string[], signal?: AbortSignal): AsyncIterable<readonly Record[]> {
    return this.#find({ _id: { $in: [...ids] } }, {}, signal);
  }

  /** What there is to know of all without their values, in no order. */
  heads(signal?: AbortSignal): AsyncIterable<readonly RecordHead[]> {
    const projection = { _id: 1, revision: 1, expiresAt: 1, removed: 1 };
    return this.#find({}, { projection }, signal);
  }

  /** The server's time, where it has change streams; they can begin at it. */
  async now(signal: AbortSignal): Promise<Timestamp> {
    const answer = await this.#server.run((db) => db.command({ ping: 1 }), signal);
    return answer['operationTime'] as Timestamp;
  }

  /** What changes from a moment on, also what did already. */
  async *changes(since: Timestamp, signal: AbortSignal): AsyncGenerator<RecordChange> {
    const source = await this.#run(
      (records) => Promise.resolve(openChangeStream(records, since)),
      signal,
    );
    yield* recordChanges(source, signal);
  }

  /** @throws RoomkeyError `RK_STORAGE_EXISTS` */
  async insert(id: string, content: RecordContent, signal?: AbortSignal): Promise<Record> {
    await this.#prepare(signal);
    for (;;) {
      // By the clock: above all that an earlier document of this id can have had, of which nothing
      // is left.
      const fresh = newRecord(id, Date.now(), content);
      if (await this.#attempt(fresh, (records) => insertNew(records, fresh), signal)) return fresh;
      const found = await this.get(id, signal);
      if (found === undefined) continue;
      if (!isGone(found)) throw existsError(this.name, id);
      const next = newRecord(id, found.revision + 1, content);
      if (await this.#writeOver(next, found.revision, {}, signal)) return next;
    }
  }

  /** @throws RoomkeyError `RK_STORAGE_CONFLICT` */
  async replace(
    id: string,
    revision: number,
    content: RecordContent,
    signal?: AbortSignal,
  ): Promise<Record> {
    await this.#prepare(signal);
    const next = newRecord(id, revision + 1, content);
    const isLive = { removed: { $exists: false }, expiresAt: { $not: { $lte: new Date() } } };
    if (await this.#writeOver(next, revision, isLive, signal)) return next;
    throw conflictError(this.name, id);
  }

  /** Writes if the record has this revision. @returns whether it had */
  async #writeOver(
    record: Record,
    revision: number,
    isLive: Filter<Record>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { _id, ...replacement } = record;
    const done = await this.#exclusively(_id, revision, signal, () =>
      this.#attempt(
        record,
        async (records) => {
          const filter = { ...isLive, _id, revision };
          return (await records.replaceOne(filter, replacement)).matchedCount === 1;
        },
        signal,
      ),
    );
    return done === true;
  }

  /**
   * Writes again where the connection breaks, since the server may have restarted. Whoever then finds
   * another record than expected looks whether it is its own, of the attempt before.
   */
  async #attempt(
    record: Record,
    command: (records: Collection<Record>) => Promise<boolean>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    try {
      return await this.#run(command, signal);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
    if (await this.#run(command, signal)) return true;
    const found = await this.get(record._id, signal);
    if (found?.write === record.write) return true;
    // Somebody may have written over ours.
    if (found !== undefined && found.revision > record.revision) {
      throw unknownOutcomeError(this.name, record._id);
    }
    return false;
  }

  /** Batches of what a query finds. */
  async *#find<T extends RecordHead>(
    filter: Filter<Record>,
    options: FindOptions,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T[]> {
    const cursor = await this.#run(
      (records) => Promise.resolve(records.find<T>(filter, { batchSize: BATCH, ...options })),
      signal,
    );
    try {
      while (await this.#server.run(() => cursor.hasNext(), signal)) {
        const batch = cursor.readBufferedDocuments();
        for (const record of batch) checkHead(this.name, record);
        yield batch;
      }
    } finally {
      cursor.close().catch(() => undefined);
    }
  }

  /** Before the first write: the index by which the server drops what expired. */
  async #prepare(signal: AbortSignal | undefined): Promise<void> {
    this.#prepared ??= this.#run((records) =>
      records.createIndex({ expiresAt: 1 }, { expireAfterSeconds: KEEP_GONE_S }, {}),
    ).then(
      () => undefined,
      (error: unknown) => {
        this.#prepared = undefined;
        if (!isRefusal(error)) throw error;
        this.#prepared = Promise.resolve();
        // What is not dropped is in nobody's way; it only takes room.
        this.#sweep().catch(() => undefined);
      },
    );
    await (signal === undefined ? this.#prepared : settleOrAbort(this.#prepared, signal));
  }

  /** What the index would do, on servers that have none such; once for each process. */
  async #sweep(): Promise<void> {
    const old = { $lte: new Date(Date.now() - KEEP_GONE_S * 1000) };
    for await (const batch of this.#find({ expiresAt: old }, {}, undefined)) {
      for (const { _id, revision } of batch) {
        const remove = () => this.#run((records) => records.deleteOne({ _id, revision }));
        await this.#exclusively(_id, revision, undefined, remove);
      }
    }
    await this.#turns?.sweep();
  }

  /**
   * Changes a record of this revision while nobody else does.
   *
   * @returns undefined where it has been changed
   */
  #exclusively<T>(
    id: string,
    revision: number,
    signal: AbortSignal | undefined,
    change: () => Promise<T>,
  ): Promise<T | undefined> {
    if (this.#turns === undefined) return change();
    const isWanted = async () => (await this.get(id, signal))?.revision === revision;
    return this.#turns.within(`${this.name}/${id}/${revision}`, isWanted, change, signal);
  }

  #run<T>(command: (records: Collection<Record>) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#server.run((db) => command(db.collection<Record>(this.name)), signal);
  }
}

function newRecord(id: string, revision: number, content: RecordContent): Record {
  return { _id: id, revision, write: randomBytes(8).toString('hex'), ...content };
}
