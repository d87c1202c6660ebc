import type { OperationOptions } from '../contracts/options.js';
import type { Storage, StoredDocument } from '../contracts/storage.js';

/** What is made of a document. */
export interface Known {
  readonly id: string;
  readonly revision: number;
}

/**
 * What this process last knew of a collection: what was made of a document is kept as long as its
 * revision stays, so that each is verified once, and all of it is there while the store is away.
 */
export class KnownCollection<T extends Known> {
  readonly name: string;
  readonly #storage: Storage;
  readonly #make: (document: StoredDocument) => T;
  #known = new Map<string, T>();
  #wasRead = false;

  constructor(storage: Storage, name: string, make: (document: StoredDocument) => T) {
    this.name = name;
    this.#storage = storage;
    this.#make = make;
  }

  /** What is known without asking; `undefined` where nothing was ever read. */
  get last(): ReadonlyMap<string, T> | undefined {
    return this.#wasRead ? this.#known : undefined;
  }

  /** All that is stored now, by id, as the caller's own map. @throws the store's errors */
  async read(options: OperationOptions = {}): Promise<Map<string, T>> {
    const documents = await this.#storage.list(this.name, options);
    // Before anything else is awaited: what others take meanwhile is newer than this.
    const read = new Map(documents.map((document) => [document.id, this.#of(document)]));
    this.#known = read;
    this.#wasRead = true;
    return new Map(read);
  }

  /** One of them as it is stored now. @throws the store's errors */
  async get(id: string, options: OperationOptions = {}): Promise<T | undefined> {
    const document = await this.#storage.get(this.name, id, options);
    if (document !== undefined) return this.take(document);
    this.#known.delete(id);
    return undefined;
  }

  /** A document that the store told of. */
  take(document: StoredDocument): T {
    const made = this.#of(document);
    this.#known.set(document.id, made);
    return made;
  }

  /** The store told that this one is gone. */
  drop(id: string): void {
    this.#known.delete(id);
  }

  #of(document: StoredDocument): T {
    const known = this.#known.get(document.id);
    return known?.revision === document.revision ? known : this.#make(document);
  }
}
