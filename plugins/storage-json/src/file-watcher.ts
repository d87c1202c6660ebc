import { watch as watchFolder, type FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  ChangeEmitter,
  createYielder,
  followLinks,
  type Logger,
  type StorageChange,
  type StorageWatch,
} from '@roomkey/core';
import { EMPTY, findEntry, toDocument, type Contents, type Entry } from './contents.js';

/** Polling interval, for network file systems without change events. */
const POLL_MS = 2_000;

/**
 * The watches of a collection: reads its file when it may have changed. Calls of `subscribe` and
 * `update` must not overlap.
 */
export class FileWatcher {
  readonly #folder: string;
  readonly #file: string;
  readonly #read: () => Promise<unknown>;
  readonly #logger: Logger;
  readonly #emitter: ChangeEmitter;
  /** The last known entries. */
  #entries = EMPTY.entries;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #failing = false;

  /** @param read reads the file and calls `update` */
  constructor(folder: string, file: string, read: () => Promise<unknown>, logger: Logger) {
    this.#folder = folder;
    this.#file = file;
    this.#read = read;
    this.#logger = logger;
    this.#emitter = new ChangeEmitter(logger);
  }

  /** Reports changes from now on. */
  async subscribe(onChange: (change: StorageChange) => void): Promise<StorageWatch> {
    const entries = this.#entries;
    const end = this.#emitter.subscribe(onChange, entries, (id) => toDocument(known(entries, id)));
    if (this.#poll === undefined) await this.#start();
    return {
      stop: () => {
        end();
        if (!this.#emitter.hasListeners) this.#stop();
        return Promise.resolve();
      },
    };
  }

  /** Reports the differences between the new and the last contents. */
  async update({ entries: now }: Contents): Promise<void> {
    const before = this.#entries;
    this.#entries = now;
    if (!this.#emitter.hasListeners || before === now) return;
    const yieldIfDue = createYielder();
    // Both are in the order of ids.
    for (let b = 0, n = 0; b < before.length || n < now.length;) {
      const [old, entry] = [before[b], now[n]];
      if (old === entry) {
        b += 1;
        n += 1;
        continue;
      }
      if (old !== undefined && (entry === undefined || old.id < entry.id)) {
        b += 1;
        this.#emitter.remove(old.id);
      } else if (entry !== undefined) {
        n += 1;
        if (old?.id === entry.id) b += 1;
        this.#emit(entry, old);
      }
      await yieldIfDue();
    }
  }

  close(): void {
    this.#emitter.close();
    this.#stop();
  }

  /** @param old the previous entry at this position */
  #emit(entry: Entry, old: Entry | undefined): void {
    // The file was edited by hand, or restored from a backup.
    if (old?.id === entry.id && old.revision >= entry.revision) this.#emitter.remove(entry.id);
    this.#emitter.put(entry, () => toDocument(entry));
  }

  async #start(): Promise<void> {
    const poll = setInterval(() => this.#reload(), POLL_MS).unref();
    this.#poll = poll;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      // The file changes where its links lead; the poll notices a changed link.
      const target = await followLinks(join(this.#folder, this.#file));
      // The last watch may have been stopped meanwhile.
      if (this.#poll !== poll) return;
      this.#watcher = watchFolder(dirname(target), { persistent: false }, (_, file) => {
        if (file === null || file === basename(target)) this.#reload();
      });
      this.#watcher.on('error', (error) => this.#onlyPoll(error));
    } catch (error) {
      this.#onlyPoll(error);
    }
    // The file may have changed since it was last read.
    this.#reload();
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
    this.#logger.warn('The folder cannot be watched; it is polled every 2 s.', { error });
  }

  #reload(): void {
    this.#read().then(
      () => (this.#failing = false),
      (error: unknown) => {
        if (!this.#failing) this.#logger.warn('Changes cannot be detected for now.', { error });
        this.#failing = true;
      },
    );
  }
}

function known(entries: readonly Entry[], id: string): Entry {
  const entry = findEntry(entries, id);
  if (entry === undefined) throw new Error(`no document ${id}`);
  return entry;
}
