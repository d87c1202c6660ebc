import { join } from 'node:path';
import type { Logger, StorageChange, StorageWatch } from '@roomkey/core';
import { Low } from 'lowdb';
import { CollectionFile } from './collection-file.js';
import { EMPTY, type Contents } from './codec.js';
import { Draft } from './draft.js';
import type { FolderLock } from './folder-lock.js';
import { CollectionWatch } from './collection-watch.js';

interface Operation {
  /** Changes the draft; what it throws is the operation's answer and no other's. */
  readonly apply: (draft: Draft) => () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * One collection: one file. Reads take no lock, since a file is replaced as a whole; writes that
 * wait are done together, under one lock and with one replacement of the file.
 */
export class Collection {
  readonly #db: Low<Contents>;
  readonly #name: string;
  readonly #lock: FolderLock;
  readonly #watch: CollectionWatch;
  /** Writes that wait. */
  readonly #queue = new Set<Operation>();
  #writing: Promise<void> | undefined;
  /** One look at the file at a time, so that what is known never goes back. */
  #turn: Promise<unknown> = Promise.resolve();
  #nextRead: Promise<Contents> | undefined;

  constructor(folder: string, name: string, lock: FolderLock, logger: Logger) {
    const path = join(folder, `${name}.json`);
    this.#db = new Low(new CollectionFile(path), EMPTY);
    this.#name = name;
    this.#lock = lock;
    this.#watch = new CollectionWatch(folder, `${name}.json`, () => this.read(), logger);
  }

  /** What the file says now, or said after the call began. */
  read(): Promise<Contents> {
    this.#nextRead ??= this.#inTurn(() => {
      this.#nextRead = undefined;
      return this.#refresh();
    });
    return this.#nextRead;
  }

  /** Changes the collection. Until its turn comes the signal takes it back. */
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

  /** Tells of changes from now on. */
  async watch(onChange: (change: StorageChange) => void): Promise<StorageWatch> {
    return this.#watch.add(await this.read(), onChange);
  }

  /** Ends the watches and waits for the writes. */
  async close(): Promise<void> {
    this.#watch.close();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.size > 0) {
      try {
        const release = await this.#lock.acquire(this.#name);
        let answers: readonly (() => void)[] = [];
        try {
          answers = await this.#inTurn(() => this.#writeWaiting());
        } finally {
          await release().finally(() => answers.forEach((answer) => answer()));
        }
      } catch (error) {
        this.#takeQueue().forEach((operation) => operation.reject(error as Error));
      }
    }
    // At once and not in a `finally`, which would run when the next write has come already.
    this.#writing = undefined;
  }

  /** Under the lock: all writes that wait, with one replacement of the file. @returns gives the answers */
  async #writeWaiting(): Promise<readonly (() => void)[]> {
    const draft = new Draft(await this.#refresh(), Date.now());
    const operations = this.#takeQueue();
    const answers = operations.map((operation) => {
      try {
        return operation.apply(draft);
      } catch (error) {
        return () => operation.reject(error as Error);
      }
    });
    if (draft.result !== undefined) {
      try {
        this.#db.data = draft.result;
        await this.#db.write();
      } catch (error) {
        return operations.map((operation) => () => operation.reject(error as Error));
      }
      this.#watch.notice(draft.result);
    }
    return answers;
  }

  async #refresh(): Promise<Contents> {
    await this.#db.read();
    this.#watch.notice(this.#db.data);
    return this.#db.data;
  }

  #takeQueue(): Operation[] {
    const operations = [...this.#queue];
    this.#queue.clear();
    return operations;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
