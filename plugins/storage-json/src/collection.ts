import { basename, dirname, join } from 'node:path';
import {
  createYielder,
  followLinks,
  hasCode,
  SerialQueue,
  type ErrorCode,
  type Logger,
  type StorageChange,
  type StorageWatch,
} from '@roomkey/core';
import { Low } from 'lowdb';
import { CollectionFile } from './collection-file.js';
import { FileWatcher } from './file-watcher.js';
import { EMPTY, type Contents } from './contents.js';
import { Draft } from './draft.js';
import { ioError, notQuarantinedError } from './errors.js';
import type { FolderLock } from './folder-lock.js';
import { findQuarantined } from './quarantine.js';

interface Operation {
  /** Changes the draft; what it throws rejects this operation only. */
  readonly apply: (draft: Draft) => () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One collection: one file. Reads take no lock, since a file is replaced as a whole; queued writes
 * are batched under one lock, with one replacement of the file.
 */
export class Collection {
  readonly #path: string;
  readonly #file: CollectionFile;
  readonly #db: Low<Contents>;
  readonly #lockOf: (folder: string) => FolderLock;
  readonly #logger: Logger;
  readonly #watcher: FileWatcher;
  /** Queued writes. */
  readonly #queue = new Set<Operation>();
  #writing: Promise<void> | undefined;
  /** Reads the file one at a time, so that contents never go back. */
  readonly #serial = new SerialQueue();
  #nextReload: Promise<Contents> | undefined;
  /** Quarantined files that were warned of; `undefined` before the first check. */
  #warnedOf: Set<string> | undefined;
  #hasWarnedOfNames = false;

  /** @param lockOf the lock of a folder; a link may point to a file in another folder */
  constructor(
    folder: string,
    name: string,
    lockOf: (folder: string) => FolderLock,
    logger: Logger,
  ) {
    this.#path = join(folder, `${name}.json`);
    this.#file = new CollectionFile(this.#path);
    this.#db = new Low(this.#file, EMPTY);
    this.#lockOf = lockOf;
    this.#logger = logger;
    this.#watcher = new FileWatcher(folder, `${name}.json`, () => this.#reload(), logger);
  }

  /** The contents at or after the call. Quarantines a damaged file. */
  async read(): Promise<Contents> {
    let damaged: Error;
    try {
      return await this.#reload();
    } catch (error) {
      if (!hasCode(error, 'RK_STORAGE_DAMAGED')) throw error;
      damaged = error;
    }
    // An empty write takes the lock and quarantines the file.
    try {
      await this.write(() => undefined, undefined);
    } catch (error) {
      throw hasCode(error, 'RK_STORAGE_DAMAGED') ? error : notQuarantinedError(damaged, error);
    }
    return this.#reload();
  }

  /** Changes the collection. The signal cancels it while it is queued. */
  write<T>(change: (draft: Draft) => T, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const abort = () => {
        this.#queue.delete(operation);
        operation.reject(signal?.reason as Error);
      };
      const operation: Operation = {
        apply: (draft) => {
          signal?.removeEventListener('abort', abort);
          const result = change(draft);
          return () => resolve(result);
        },
        reject: (reason) => {
          signal?.removeEventListener('abort', abort);
          reject(reason);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.add(operation);
      this.#writing ??= this.#writeAll();
    });
  }

  /** Reports changes from now on. */
  async watch(
    onChange: (change: StorageChange) => void,
    signal: AbortSignal | undefined,
  ): Promise<StorageWatch> {
    await this.read();
    return this.#serial.run(async () => {
      signal?.throwIfAborted();
      const watch = await this.#watcher.subscribe(onChange);
      // The caller has stopped waiting and cannot stop the watch.
      if (signal?.aborted === true) await watch.stop();
      return watch;
    });
  }

  /** Ends the watches and waits for the writes. */
  async close(): Promise<void> {
    this.#watcher.close();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.size > 0) {
      try {
        const release = await this.#lock();
        let answers: readonly (() => void)[] = [];
        try {
          answers = await this.#serial.run(() => this.#writeWaiting());
        } finally {
          await release().finally(() => resolveAll(answers));
        }
      } catch (error) {
        const operations = [...this.#queue];
        this.#queue.clear();
        operations.forEach((operation) => operation.reject(error as Error));
      }
    }
    // Not in a `finally`, which would run after the next write was queued.
    this.#writing = undefined;
  }

  /** Locks the file that links lead to, so that processes with and without a link exclude each other. */
  async #lock(): Promise<() => Promise<void>> {
    let target: string;
    try {
      target = await followLinks(this.#path);
    } catch (error) {
      throw ioError(this.#path, error);
    }
    return this.#lockOf(dirname(target)).acquire(basename(target, '.json'));
  }

  /** With the lock held: all queued writes, with one replacement of the file. @returns callbacks that settle them */
  async #writeWaiting(): Promise<readonly (() => void)[]> {
    const before = await this.#refresh(() => this.#file.readOrQuarantine());
    const draft = new Draft(before, Date.now());
    const operations: Operation[] = [];
    const answers: (() => void)[] = [];
    const yieldIfDue = createYielder();
    for (const operation of [...this.#queue]) {
      // Its signal may have canceled it meanwhile.
      if (!this.#queue.delete(operation)) continue;
      operations.push(operation);
      try {
        answers.push(operation.apply(draft));
      } catch (error) {
        answers.push(() => operation.reject(error as Error));
      }
      await yieldIfDue();
    }
    if (draft.result !== undefined) {
      try {
        this.#db.data = draft.result;
        await this.#db.write();
      } catch (error) {
        return operations.map((operation) => () => operation.reject(error as Error));
      }
      await this.#watcher.update(draft.result);
    }
    return answers;
  }

  /** Reads the file; callers before it starts share the result. */
  #reload(): Promise<Contents> {
    this.#nextReload ??= this.#serial.run(() => {
      this.#nextReload = undefined;
      return this.#refresh(async () => {
        await this.#db.read();
        return this.#db.data;
      });
    });
    return this.#nextReload;
  }

  async #refresh(read: () => Promise<Contents>): Promise<Contents> {
    const before = this.#db.data;
    const contents = await read();
    this.#db.data = contents;
    await this.#watcher.update(contents);
    this.#warnOfOtherNames();
    const isEmptied = contents !== before && contents.entries.length === 0;
    if (this.#warnedOf === undefined || isEmptied) await this.#warnOfQuarantined();
    return contents;
  }

  #warnOfOtherNames(): void {
    if (!this.#file.hasOtherNames || this.#hasWarnedOfNames) return;
    this.#hasWarnedOfNames = true;
    this.#logger.warn(
      `${this.#path} has another name (a hard link), which will not see new data. Use a symbolic link instead.`,
    );
  }

  /** An empty collection must not look as if it had always been empty. */
  async #warnOfQuarantined(): Promise<void> {
    const warned = (this.#warnedOf ??= new Set());
    const target = await followLinks(this.#path);
    const news = (await findQuarantined(target)).filter((path) => !warned.has(path));
    for (const path of news) warned.add(path);
    const [newest = '', ...others] = news.sort().reverse();
    if (newest === '') return;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    this.#logger.warn(
      `A damaged file was kept aside as ${newest}${more} and is not used. Fix it and rename it to ${target} while no Roomkey runs, or remove it.`,
      { code: 'RK_STORAGE_DAMAGED' satisfies ErrorCode },
    );
  }
}

/** Yields between the answers, so that callers can continue. */
async function resolveAll(answers: readonly (() => void)[]): Promise<void> {
  const yieldIfDue = createYielder();
  for (const answer of answers) {
    answer();
    await yieldIfDue();
  }
}
