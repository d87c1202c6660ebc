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
export class ChangeEmitter {
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  /** What the listeners take to be there. */
  #known = new Map<string, DocumentHead>();
  #nextExpiry = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether anybody listens; nobody needs to look where nobody does. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /**
   * Tells of changes from now on.
   *
   * @param now everything that is there; told to nobody who begins, as the change it may be to those
   * who were there before, of which `read` is asked for the documents
   * @returns ends it; can be called twice
   */
  subscribe(
    onChange: Listener,
    now: Iterable<DocumentHead>,
    read: (id: string) => StoredDocument,
  ): () => void {
    if (this.hasListeners) this.reconcile(now, read);
    else this.#reset(now);
    // Its own function, so that somebody who watches twice is told twice.
    const listener: Listener = (change) => onChange(change);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (!this.hasListeners) this.close();
    };
  }

  /** What is there now, all of it. @param read gives a document of which there is something to tell */
  reconcile(heads: Iterable<DocumentHead>, read: (id: string) => StoredDocument): void {
    if (!this.hasListeners) return;
    const before = this.#known;
    this.#reset(heads);
    for (const id of before.keys()) if (!this.#known.has(id)) this.#emit(() => remove(id));
    for (const { id, revision } of this.#known.values()) {
      if (before.get(id)?.revision === revision) continue;
      this.#emit(() => ({ type: 'put', document: read(id) }));
    }
  }

  /** A document is there, or was written over. */
  put({ id, revision, expiresAt = Infinity }: DocumentHead, read: () => StoredDocument): void {
    if (!this.hasListeners || (this.#known.get(id)?.revision ?? 0) >= revision) return;
    if (expiresAt <= Date.now()) {
      this.remove(id);
      return;
    }
    this.#known.set(id, { id, revision, expiresAt });
    this.#emit(() => ({ type: 'put', document: read() }));
    if (expiresAt >= this.#nextExpiry) return;
    this.#nextExpiry = expiresAt;
    this.#schedule();
  }

  /** A document is gone. */
  remove(id: string): void {
    if (this.hasListeners && this.#known.delete(id)) this.#emit(() => remove(id));
  }

  /** Tells nobody any more. */
  close(): void {
    this.#listeners.clear();
    this.#known.clear();
    this.#nextExpiry = Infinity;
    clearTimeout(this.#timer);
  }

  #reset(heads: Iterable<DocumentHead>): void {
    const now = Date.now();
    this.#known = new Map();
    this.#nextExpiry = Infinity;
    for (const { id, revision, expiresAt = Infinity } of heads) {
      if (expiresAt <= now) continue;
      this.#known.set(id, { id, revision, expiresAt });
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
    for (const { id, expiresAt = Infinity } of [...this.#known.values()]) {
      if (expiresAt <= now) this.remove(id);
      else this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt);
    }
    if (this.hasListeners) this.#schedule();
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
