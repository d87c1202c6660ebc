import type { OperationOptions } from '../contracts/options.js';
import type { Storage, StoredDocument } from '../contracts/storage.js';
import { createYielder } from '../util/yielder.js';

/** An object made from a document. */
export interface CacheEntry {
  readonly id: string;
  readonly revision: number;
}

/**
 * The last known state of a collection. Keeps the object made from a document while its revision stays
 * the same, so that each is verified once, and the list is available while the store is away.
 */
export class CollectionCache<T extends CacheEntry> {
  readonly name: string;
  readonly #storage: Storage;
  readonly #make: (document: StoredDocument) => T;
  #known = new Map<string, T>();
  #wasRead = false;
  /** Reads are numbered as they begin: a late answer must not replace a newer one. */
  #lastBegun = 0;
  #lastKnown = 0;
  /** For each read in progress, the changes that arrived since it began. */
  readonly #readers = new Set<Map<string, T | undefined>>();

  constructor(storage: Storage, name: string, make: (document: StoredDocument) => T) {
    this.name = name;
    this.#storage = storage;
    this.#make = make;
  }

  /** The last known state, without a query; `undefined` before the first read. */
  get snapshot(): ReadonlyMap<string, T> | undefined {
    return this.#wasRead ? this.#known : undefined;
  }

  /** Reads all documents, by id, as a new map. @throws the store's errors */
  async read(options: OperationOptions = {}): Promise<Map<string, T>> {
    const number = (this.#lastBegun += 1);
    const meanwhile = new Map<string, T | undefined>();
    this.#readers.add(meanwhile);
    try {
      const documents = await this.#storage.list(this.name, options);
      const yieldIfDue = createYielder();
      const read = new Map<string, T>();
      const known = new Map<string, T>();
      for (const document of documents) {
        const made = this.#of(document);
        read.set(document.id, made);
        known.set(document.id, made);
        await yieldIfDue();
      }
      if (number < this.#lastKnown) return read;
      for (const [id, made] of meanwhile) {
        if (made === undefined) known.delete(id);
        else if (made.revision > (known.get(id)?.revision ?? 0)) known.set(id, made);
      }
      this.#known = known;
      this.#lastKnown = number;
      this.#wasRead = true;
      return read;
    } finally {
      this.#readers.delete(meanwhile);
    }
  }

  /** Reads one document. @throws the store's errors */
  async get(id: string, options: OperationOptions = {}): Promise<T | undefined> {
    const document = await this.#storage.get(this.name, id, options);
    if (document !== undefined) return this.upsert(document);
    this.evict(id);
    return undefined;
  }

  /** Adds a document that the store reported. */
  upsert(document: StoredDocument): T {
    const made = this.#of(document);
    this.#known.set(document.id, made);
    for (const meanwhile of this.#readers) meanwhile.set(document.id, made);
    return made;
  }

  /** Removes a document that the store reported as removed. */
  evict(id: string): void {
    this.#known.delete(id);
    for (const meanwhile of this.#readers) meanwhile.set(id, undefined);
  }

  #of(document: StoredDocument): T {
    const known = this.#known.get(document.id);
    return known?.revision === document.revision ? known : this.#make(document);
  }
}
