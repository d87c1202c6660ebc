import { watch as watchFolder, type FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import {
  ChangeTeller,
  type Logger,
  type StorageChange,
  type StorageWatch,
  type StoredDocument,
} from '@roomkey/core';
import { toDocument, type Contents } from './codec.js';

/** How often the file is looked at where the system tells nothing, as on network file systems. */
const POLL_MS = 2_000;

/** Those who watch a collection: looks at its file when it may have changed. */
export class CollectionWatch {
  readonly #folder: string;
  readonly #file: string;
  readonly #read: () => Promise<Contents>;
  readonly #logger: Logger;
  readonly #teller: ChangeTeller;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #failing = false;

  /** @param read looks at the file and gives what it says to `notice` */
  constructor(folder: string, file: string, read: () => Promise<Contents>, logger: Logger) {
    this.#folder = folder;
    this.#file = file;
    this.#read = read;
    this.#logger = logger;
    this.#teller = new ChangeTeller(logger);
  }

  /** @param now what is known at this moment, of which nothing is told */
  async add(now: Contents, onChange: (change: StorageChange) => void): Promise<StorageWatch> {
    const end = this.#teller.add(onChange, now.entries.values(), reader(now));
    if (this.#poll === undefined) await this.#start();
    return {
      stop: () => {
        end();
        if (!this.#teller.isWatched) this.#stop();
        return Promise.resolve();
      },
    };
  }

  /** Takes what the file says now. */
  notice(contents: Contents): void {
    this.#teller.takeAll(contents.entries.values(), reader(contents));
  }

  close(): void {
    this.#teller.close();
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
    this.#poll = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
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
}

function reader({ entries }: Contents): (id: string) => StoredDocument {
  return (id) => {
    const entry = entries.get(id);
    if (entry === undefined) throw new Error(`no document ${id}`);
    return toDocument(entry);
  };
}
