import { watch as watchFolder, type FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Logger, StorageChange, StorageWatch } from '@roomkey/core';
import { toDocument, type Contents, type Entry } from './codec.js';

/** How often the file is looked at where the system tells nothing, as on network file systems. */
const POLL_MS = 2_000;
/** The longest delay that `setTimeout` takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

type Listener = (change: StorageChange) => void;

/** Those who watch a collection: tells them how it differs from what they were told before. */
export class CollectionWatch {
  readonly #folder: string;
  readonly #file: string;
  readonly #read: () => Promise<Contents>;
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  /** What the listeners were told, with the revisions. */
  #told = new Map<string, number>();
  #latest: Contents | undefined;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #failing = false;

  /** @param read looks at the file and gives what it says to `notice` */
  constructor(folder: string, file: string, read: () => Promise<Contents>, logger: Logger) {
    this.#folder = folder;
    this.#file = file;
    this.#read = read;
    this.#logger = logger;
  }

  /** @param now what is known at this moment, of which nothing is told */
  async add(now: Contents, onChange: Listener): Promise<StorageWatch> {
    const listener: Listener = (change) => onChange(change);
    if (this.#listeners.size === 0) {
      this.#told = new Map();
      this.#tell(now);
    }
    this.#listeners.add(listener);
    if (this.#poll === undefined) await this.#start();
    return {
      stop: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) this.#stop();
        return Promise.resolve();
      },
    };
  }

  /** Takes what the file says now. */
  notice(contents: Contents): void {
    if (this.#listeners.size > 0) this.#tell(contents);
  }

  close(): void {
    this.#listeners.clear();
    this.#stop();
  }

  async #start(): Promise<void> {
    this.#poll = setInterval(() => this.#look(), POLL_MS).unref();
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      this.#watcher = watchFolder(this.#folder, { persistent: false }, (_, file) => {
        if (file === null || file === this.#file) this.#look();
      });
      this.#watcher.on('error', (error) => this.#onlyPoll(error));
    } catch (error) {
      this.#onlyPoll(error);
    }
    // Between the reading before and the watching now something may have changed.
    this.#look();
  }

  #stop(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#expiry);
    this.#poll = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#latest = undefined;
  }

  #onlyPoll(error: unknown): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#logger.warn('The folder cannot be watched; changes are noticed every 2 s.', { error });
  }

  #look(): void {
    this.#read().then(
      () => (this.#failing = false),
      (error: unknown) => {
        if (!this.#failing) this.#logger.warn('Changes cannot be noticed for now.', { error });
        this.#failing = true;
      },
    );
  }

  #tell(contents: Contents): void {
    this.#latest = contents;
    const now = Date.now();
    const told = new Map<string, number>();
    let nextExpiry = Infinity;
    const changed: Entry[] = [];
    for (const entry of contents.entries.values()) {
      if (entry.expiresAt <= now) continue;
      nextExpiry = Math.min(nextExpiry, entry.expiresAt);
      told.set(entry.id, entry.revision);
      if (this.#told.get(entry.id) !== entry.revision) changed.push(entry);
    }
    const gone = [...this.#told.keys()].filter((id) => !told.has(id));
    this.#told = told;
    for (const id of gone) this.#emit(() => ({ type: 'remove', id }));
    for (const entry of changed) this.#emit(() => ({ type: 'put', document: toDocument(entry) }));
    clearTimeout(this.#expiry);
    if (nextExpiry === Infinity) return;
    const delay = Math.min(Math.max(nextExpiry - now, 1), MAX_DELAY_MS);
    this.#expiry = setTimeout(() => {
      if (this.#latest !== undefined) this.#tell(this.#latest);
    }, delay).unref();
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
