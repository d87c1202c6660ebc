import type { ChangeEmitter, DocumentHead } from '@roomkey/core';
import type { MongoCollection } from './mongo-collection.js';
import { toDocument, toDocumentHead, type StoredRecord, type RecordHead } from './record.js';

/** What of a collection the tracker reads. */
export type TrackedRecords = Pick<MongoCollection, 'name' | 'heads' | 'getMany'>;

/** How many documents are asked for at once. */
const CHUNK = 100;

/** Knows the newest of each record, and has told what is newer than before. */
export class RecordTracker {
  readonly #records: TrackedRecords;
  readonly #emitter: ChangeEmitter;
  /** Removed ones too: what comes late of them is not news. */
  readonly #known = new Map<string, RecordHead>();

  constructor(records: TrackedRecords, emitter: ChangeEmitter) {
    this.#records = records;
    this.#emitter = emitter;
  }

  /** What is there. */
  *heads(): Generator<DocumentHead> {
    for (const head of this.#known.values()) {
      if (head.removed !== true) yield toDocumentHead(head);
    }
  }

  /** A record as it is now, or was: the newest counts. */
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

  /** Looks at everything, and reads what is new. */
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

  /** Reads some records, of which some may be there no more. */
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
