import type { Logger } from '../contracts/logger.js';
import type { StorageChange, StoredDocument } from '../contracts/storage.js';
import { MAX_TIMEOUT_MS } from './long-timeout.js';

/** What is known of a document without reading it. */
export type DocumentHead = Pick<StoredDocument, 'id' | 'revision' | 'expiresAt'>;

type Listener = (change: StorageChange) => void;

/**
 * Tells those who watch a collection how it differs from what they were told before; for stores. An
 * expiry is told as a remove, when it comes, by this machine's clock.
 *
 * The store calls it with what it finds, by one change or by a look at everything: whatever was told
 * already is not told again.
 */
export class ChangeTeller {
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  /** What the listeners take to be there. */
  #told = new Map<string, DocumentHead>();
  #nextExpiry = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether anybody listens; nobody needs to look where nobody does. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /**
   * Tells of changes from now on.
   *
   * @param now everything that is there; told to nobody who begins, as the change it may be to those
   * who were there before, of which `read` is asked for the documents
   * @returns ends it; can be called twice
   */
  add(
    onChange: Listener,
    now: Iterable<DocumentHead>,
    read: (id: string) => StoredDocument,
  ): () => void {
    if (this.isWatched) this.takeAll(now, read);
    else this.#begin(now);
    // Its own function, so that somebody who watches twice is told twice.
    const listener: Listener = (change) => onChange(change);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (!this.isWatched) this.close();
    };
  }

  /** What is there now, all of it. @param read gives a document of which there is something to tell */
  takeAll(heads: Iterable<DocumentHead>, read: (id: string) => StoredDocument): void {
    if (!this.isWatched) return;
    const before = this.#told;
    this.#begin(heads);
    for (const id of before.keys()) if (!this.#told.has(id)) this.#emit(() => remove(id));
    for (const { id, revision } of this.#told.values()) {
      if (before.get(id)?.revision === revision) continue;
      this.#emit(() => ({ type: 'put', document: read(id) }));
    }
  }

  /** A document is there, or was written over. */
  put({ id, revision, expiresAt = Infinity }: DocumentHead, read: () => StoredDocument): void {
    if (!this.isWatched || (this.#told.get(id)?.revision ?? 0) >= revision) return;
    if (expiresAt <= Date.now()) {
      this.remove(id);
      return;
    }
    this.#told.set(id, { id, revision, expiresAt });
    this.#emit(() => ({ type: 'put', document: read() }));
    if (expiresAt >= this.#nextExpiry) return;
    this.#nextExpiry = expiresAt;
    this.#schedule();
  }

  /** A document is gone. */
  remove(id: string): void {
    if (this.isWatched && this.#told.delete(id)) this.#emit(() => remove(id));
  }

  /** Tells nobody any more. */
  close(): void {
    this.#listeners.clear();
    this.#told.clear();
    this.#nextExpiry = Infinity;
    clearTimeout(this.#timer);
  }

  #begin(heads: Iterable<DocumentHead>): void {
    const now = Date.now();
    this.#told = new Map();
    this.#nextExpiry = Infinity;
    for (const { id, revision, expiresAt = Infinity } of heads) {
      if (expiresAt <= now) continue;
      this.#told.set(id, { id, revision, expiresAt });
      this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt);
    }
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#nextExpiry === Infinity) return;
    const delay = Math.min(Math.max(this.#nextExpiry - Date.now(), 1), MAX_TIMEOUT_MS);
    this.#timer = setTimeout(() => this.#expire(), delay).unref();
  }

  #expire(): void {
    const now = Date.now();
    this.#nextExpiry = Infinity;
    for (const { id, expiresAt = Infinity } of [...this.#told.values()]) {
      if (expiresAt <= now) this.remove(id);
      else this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt);
    }
    if (this.isWatched) this.#schedule();
  }

  #emit(change: () => StorageChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change());
      } catch (error) {
        this.#logger.error('A listener for changes failed.', { error });
      }
    }
  }
}

function remove(id: string): StorageChange {
  return { type: 'remove', id };
}
