import type { Logger } from '../contracts/logger.js';
import type { StorageChange, StoredDocument } from '../contracts/storage.js';
import { MAX_TIMEOUT_MS } from './long-timeout.js';

/** A document's metadata, known without reading its value. */
export type DocumentHead = Pick<StoredDocument, 'id' | 'revision' | 'expiresAt'>;

type Listener = (change: StorageChange) => void;

/**
 * For stores: reports to the watchers of a collection how it differs from what they were told
 * before. Reports an expiry as a remove when it is due by this machine's clock.
 *
 * The store passes single changes (`put`, `remove`) or full snapshots (`reconcile`); known changes
 * are not reported again.
 */
export class ChangeEmitter {
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  /** The state that the listeners know. */
  #known = new Map<string, DocumentHead>();
  #nextExpiry = Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether there are listeners; without any, the store need not look for changes. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /**
   * Reports changes from now on.
   *
   * @param now all current documents: not reported to the new listener, but to earlier ones where
   * they differ
   * @param read reads a document to report
   * @returns unsubscribes; idempotent
   */
  subscribe(
    onChange: Listener,
    now: Iterable<DocumentHead>,
    read: (id: string) => StoredDocument,
  ): () => void {
    if (this.hasListeners) this.reconcile(now, read);
    else this.#reset(now);
    // A new function, so that a listener that subscribes twice is called twice.
    const listener: Listener = (change) => onChange(change);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (!this.hasListeners) this.close();
    };
  }

  /**
   * Compares with a full snapshot.
   *
   * @param read reads a document to report
   */
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

  /** Reports a new or changed document. */
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

  /** Reports a removed document. */
  remove(id: string): void {
    if (this.hasListeners && this.#known.delete(id)) this.#emit(() => remove(id));
  }

  /** Removes all listeners. */
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
