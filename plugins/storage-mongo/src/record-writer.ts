import { randomBytes } from 'node:crypto';
import type { Collection, Filter } from 'mongodb';
import {
  conflictError,
  existsError,
  isConnectionLost,
  refusedError,
  unknownOutcomeError,
} from './errors.js';
import { NoAnswerError } from './failure-reason.js';
import { insertIfAbsent } from './insert-if-absent.js';
import type { MongoServer } from './mongo-server.js';
import {
  checkHead,
  collectionName,
  isGone,
  type StoredRecord,
  type RecordContent,
} from './record.js';
import { LEASE_MS, LeaseLock } from './lease-lock.js';

/** Attempts of an insert: others may insert and remove a document with this id meanwhile. */
const MAX_INSERTS = 16;

/** Condition for overwriting a record. */
interface Expected {
  readonly revision: number;
  /** Neither removed nor expired. */
  readonly live?: true;
}

/** Changes the record; `false` if it is not as expected. */
type Change = (records: Collection<StoredRecord>) => Promise<boolean>;

/** Writes the records of a collection conditionally. */
export class RecordWriter {
  readonly #collection: string;
  readonly #server: MongoServer;
  readonly #leaseLock: LeaseLock | undefined;

  constructor(collection: string, server: MongoServer) {
    this.#collection = collection;
    this.#server = server;
    this.#leaseLock = server.abilities.atomicUpdates ? undefined : new LeaseLock(server);
  }

  /** @throws RoomkeyError `RK_STORAGE_EXISTS` */
  async insert(id: string, content: RecordContent, signal?: AbortSignal): Promise<StoredRecord> {
    for (let attempt = 1; attempt <= MAX_INSERTS; attempt += 1) {
      // The time is above any revision of an earlier document with this id that was dropped.
      const fresh = newRecord(id, Date.now(), content);
      if (await this.#attempt(fresh, (records) => insertIfAbsent(records, fresh), signal))
        return fresh;
      const found = await this.#get(id, signal);
      if (found === null) continue;
      if (!isGone(found)) throw existsError(this.#collection, id);
      const next = newRecord(id, found.revision + 1, content);
      if (await this.#overwrite(next, { revision: found.revision }, signal)) return next;
    }
    throw refusedError(this.#collection, id);
  }

  /** @throws RoomkeyError `RK_STORAGE_CONFLICT` */
  async replace(
    id: string,
    revision: number,
    content: RecordContent,
    signal?: AbortSignal,
  ): Promise<StoredRecord> {
    const next = newRecord(id, revision + 1, content);
    if (await this.#overwrite(next, { revision, live: true }, signal)) return next;
    throw conflictError(this.#collection, id);
  }

  /** Drops expired records; on other servers the index does. */
  async removeExpired(gone: AsyncIterable<readonly StoredRecord[]>): Promise<void> {
    if (this.#leaseLock === undefined) return;
    for await (const records of gone) {
      for (const { _id, revision } of records) {
        const drop: Change = async (all) => (await all.deleteOne({ _id })).deletedCount === 1;
        await this.#underLease(this.#leaseLock, _id, { revision }, drop, (change) =>
          this.#run(change),
        );
      }
    }
    await this.#leaseLock.removeExpired();
  }

  /** @returns whether it was as expected */
  #overwrite(
    { _id, ...replacement }: StoredRecord,
    expected: Expected,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const replaceWhere =
      (filter: Filter<StoredRecord>): Change =>
      async (records) =>
        (await records.replaceOne(filter, replacement)).matchedCount === 1;
    const attempt = (change: Change) => this.#attempt({ _id, ...replacement }, change, signal);
    return this.#leaseLock === undefined
      ? attempt(replaceWhere({ _id, ...filterOf(expected) }))
      : this.#underLease(this.#leaseLock, _id, expected, replaceWhere({ _id }), attempt, signal);
  }

  /**
   * Retries if the connection breaks, since the server may have restarted. If the record then differs,
   * checks whether the first attempt wrote it.
   */
  async #attempt(
    record: StoredRecord,
    change: Change,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    try {
      return await this.#run(change, signal);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
    if (await this.#run(change, signal)) return true;
    const found = await this.#get(record._id, signal);
    if (found?.write === record.write) return true;
    // Another writer may have overwritten our record.
    if (found !== null && found.revision > record.revision) {
      throw unknownOutcomeError(this.#collection, record._id);
    }
    return false;
  }

  /**
   * For servers whose updates are not atomic: checks and then changes, under a lease. Queries by the id
   * alone, since these servers scan the whole collection for anything else.
   */
  async #underLease(
    leaseLock: LeaseLock,
    id: string,
    expected: Expected,
    change: Change,
    attempt: (checked: Change) => Promise<boolean>,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const isWanted = async () => (await this.#get(id, signal))?.revision === expected.revision;
    const write = () => {
      const since = performance.now();
      return attempt(async (records) => {
        if (!isAsExpected(await records.findOne({ _id: id }), expected)) return false;
        // Later the lease may have expired.
        if (performance.now() - since > LEASE_MS / 2) throw new NoAnswerError();
        return change(records);
      });
    };
    const name = `${this.#collection}/${id}/${expected.revision}`;
    return (await leaseLock.withLease(name, isWanted, write, signal)) === true;
  }

  async #get(id: string, signal: AbortSignal | undefined): Promise<StoredRecord | null> {
    const found = await this.#run((records) => records.findOne({ _id: id }), signal);
    return found && checkHead(this.#collection, found);
  }

  #run<T>(
    command: (records: Collection<StoredRecord>) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#server.run(
      (db) => command(db.collection<StoredRecord>(collectionName(this.#collection))),
      signal,
    );
  }
}

function newRecord(id: string, revision: number, content: RecordContent): StoredRecord {
  return { _id: id, revision, write: randomBytes(8).toString('hex'), ...content };
}

function filterOf({ revision, live }: Expected): Filter<StoredRecord> {
  if (live !== true) return { revision };
  return { revision, removed: { $exists: false }, expiresAt: { $not: { $lte: new Date() } } };
}

function isAsExpected(found: StoredRecord | null, { revision, live }: Expected): boolean {
  return found?.revision === revision && !(live === true && isGone(found));
}
