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

/** How often the file is looked at where the system tells nothing, as on network file systems. */
const POLL_MS = 2_000;

/**
 * Those who watch a collection: looks at its file when it may have changed. `add` and `notice` are
 * to be called in turn.
 */
export class FileWatcher {
  readonly #folder: string;
  readonly #file: string;
  readonly #read: () => Promise<unknown>;
  readonly #logger: Logger;
  readonly #emitter: ChangeEmitter;
  /** What was noticed last. */
  #entries = EMPTY.entries;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #failing = false;

  /** @param read looks at the file and gives what it says to `notice` */
  constructor(folder: string, file: string, read: () => Promise<unknown>, logger: Logger) {
    this.#folder = folder;
    this.#file = file;
    this.#read = read;
    this.#logger = logger;
    this.#emitter = new ChangeEmitter(logger);
  }

  /** Tells of what is noticed from now on. */
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

  /** Takes what the file says now, and tells how that differs from before. */
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

  /** @param old what stood where the entry stands now */
  #emit(entry: Entry, old: Entry | undefined): void {
    // A person changed the file, or put an older one in its place.
    if (old?.id === entry.id && old.revision >= entry.revision) this.#emitter.remove(entry.id);
    this.#emitter.put(entry, () => toDocument(entry));
  }

  async #start(): Promise<void> {
    const poll = setInterval(() => this.#reload(), POLL_MS).unref();
    this.#poll = poll;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      // Where a link leads elsewhere, the file changes there; another link is noticed by the poll.
      const target = await followLinks(join(this.#folder, this.#file));
      // Nobody may be watching any more.
      if (this.#poll !== poll) return;
      this.#watcher = watchFolder(dirname(target), { persistent: false }, (_, file) => {
        if (file === null || file === basename(target)) this.#reload();
      });
      this.#watcher.on('error', (error) => this.#onlyPoll(error));
    } catch (error) {
      this.#onlyPoll(error);
    }
    // Between the reading before and the watching now something may have changed.
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
    this.#logger.warn('The folder cannot be watched; changes are noticed every 2 s.', { error });
  }

  #reload(): void {
    this.#read().then(
      () => (this.#failing = false),
      (error: unknown) => {
        if (!this.#failing) this.#logger.warn('Changes cannot be noticed for now.', { error });
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
