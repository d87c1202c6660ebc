import type { ChangeEmitter, DocumentHead } from '@roomkey/core';
import type { MongoCollection } from './mongo-collection.js';
import { toDocument, toDocumentHead, type StoredRecord, type RecordHead } from './record.js';

/** The part of a collection that the tracker reads. */
export type TrackedRecords = Pick<MongoCollection, 'name' | 'heads' | 'getMany'>;

/** Documents per query. */
const CHUNK = 100;

/** Tracks the newest revision of each record, and emits newer ones. */
export class RecordTracker {
  readonly #records: TrackedRecords;
  readonly #emitter: ChangeEmitter;
  /** Includes removed ones, so that late changes of them are ignored. */
  readonly #known = new Map<string, RecordHead>();

  constructor(records: TrackedRecords, emitter: ChangeEmitter) {
    this.#records = records;
    this.#emitter = emitter;
  }

  /** The heads of the records that exist. */
  *heads(): Generator<DocumentHead> {
    for (const head of this.#known.values()) {
      if (head.removed !== true) yield toDocumentHead(head);
    }
  }

  /** Takes a record in any order: the newest counts. */
  update(record: StoredRecord): void {
    const { _id, revision, expiresAt, removed } = record;
    if ((this.#known.get(_id)?.revision ?? 0) >= revision) return;
    this.#known.set(_id, {
      _id,
      revision,
      ...(expiresAt && { expiresAt }),
      ...(removed && { removed }),
    });
    if (removed === true) this.#emitter.remove(_id);
    else this.#emitter.put(toDocumentHead(record), () => toDocument(this.#records.name, record));
  }

  /** Scans the whole collection, and reads what is new. */
  async scan(signal: AbortSignal): Promise<void> {
    const unseen = new Set(this.#known.keys());
    const news: string[] = [];
    for await (const heads of this.#records.heads(signal)) {
      for (const head of heads) {
        unseen.delete(head._id);
        if ((this.#known.get(head._id)?.revision ?? 0) >= head.revision) continue;
        if (this.#emitter.hasListeners) news.push(head._id);
        else this.#known.set(head._id, head);
      }
    }
    await this.reread([...news, ...unseen], signal);
  }

  /** Reads records; some may no longer exist. */
  async reread(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const before = new Map(ids.map((id) => [id, this.#known.get(id)]));
    for (let start = 0; start < ids.length; start += CHUNK) {
      const missing = new Set(ids.slice(start, start + CHUNK));
      for await (const records of this.#records.getMany([...missing], signal)) {
        for (const record of records) {
          missing.delete(record._id);
          this.update(record);
        }
      }
      for (const id of missing) {
        // Not one that was written while we read.
        if (this.#known.get(id) !== before.get(id)) continue;
        this.#known.delete(id);
        this.#emitter.remove(id);
      }
    }
  }

  clear(): void {
    this.#known.clear();
  }
}
