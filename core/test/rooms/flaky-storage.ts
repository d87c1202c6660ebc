import {
  RoomkeyError,
  type OperationOptions,
  type Storage,
  type StorageChange,
  type StorageWatch,
} from '@roomkey/core';
import { MemoryStorage, type MemoryBackend } from '@roomkey/core/conformance';

/** A store in memory that goes away and comes back, and counts what it is asked. */
export class FlakyStorage implements Storage {
  /** While it is set all operations fail with it, and its watches tell nothing, also not later. */
  failure: Error | undefined;
  /** How often each operation was asked for. */
  readonly asked = { get: 0, list: 0, insert: 0, replace: 0, remove: 0, watch: 0 };
  readonly #storage: MemoryStorage;

  constructor(disk: MemoryBackend) {
    this.#storage = new MemoryStorage(disk);
  }

  goAway(): void {
    this.failure = new RoomkeyError('RK_STORAGE_IO', 'The store does not answer.');
  }

  comeBack(): void {
    this.failure = undefined;
  }

  get = this.#guard('get');
  list = this.#guard('list');
  insert = this.#guard('insert');
  replace = this.#guard('replace');
  remove = this.#guard('remove');

  async watch(
    collection: string,
    onChange: (change: StorageChange) => void,
    options?: OperationOptions,
  ): Promise<StorageWatch> {
    await this.#answer('watch');
    const tell = (change: StorageChange): void => {
      if (this.failure === undefined) onChange(change);
    };
    return await this.#storage.watch(collection, tell, options);
  }

  #guard<K extends 'get' | 'list' | 'insert' | 'replace' | 'remove'>(operation: K): Storage[K] {
    const guarded = async (...given: unknown[]): Promise<unknown> => {
      await this.#answer(operation);
      const ask = this.#storage[operation].bind(this.#storage) as (
        ...given: unknown[]
      ) => Promise<unknown>;
      return await ask(...given);
    };
    return guarded as Storage[K];
  }

  async #answer(operation: keyof FlakyStorage['asked']): Promise<void> {
    this.asked[operation] += 1;
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
  }
}
