import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import type { Storage, StorageWatch } from '../contracts/storage.js';
import type { LiveRooms } from './live-rooms.js';
import type { RoomEntry } from './room-entry.js';

/** A change of the merged list. */
export interface RoomChange {
  readonly type: 'found' | 'changed' | 'lost';
  /** As it is now; of a lost room as it was. */
  readonly room: RoomEntry;
}

/** What a `RoomWatch` works with. */
export interface RoomWatchOptions {
  readonly list: () => Promise<readonly RoomEntry[]>;
  readonly live: LiveRooms;
  readonly storage: Storage;
  /** What the list is made of. */
  readonly collections: readonly string[];
  readonly logger: Logger;
  readonly onChange: (change: RoomChange) => void;
}

/**
 * A running watch of the merged list. Whatever changes, the list is made anew and compared with the
 * one before, so that no order of beacons and writes can leave a watcher with another list than
 * `list()` gives.
 */
export class RoomWatch {
  readonly #options: RoomWatchOptions;
  #shown = new Map<string, { readonly text: string; readonly room: RoomEntry }>();
  #storageWatches: readonly StorageWatch[] = [];
  #unsubscribe: readonly (() => void)[] = [];
  #started = false;
  #stopped = false;
  #stale = false;
  #looking: Promise<void> | undefined;

  constructor(options: RoomWatchOptions) {
    this.#options = options;
  }

  /** Begins; the first list is told before it resolves. */
  async start(options: OperationOptions): Promise<void> {
    const { live, storage, collections } = this.#options;
    const look = (): void => this.#look();
    this.#unsubscribe = [live.on('found', look), live.on('changed', look), live.on('lost', look)];
    try {
      for (const collection of collections) {
        const watch = await storage.watch(collection, look, options);
        this.#storageWatches = [...this.#storageWatches, watch];
      }
      this.#started = true;
      const first = this.#lookOnce();
      this.#looking = first.catch(() => undefined);
      await first;
      options.signal?.throwIfAborted();
      this.#lookAgain();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops; can be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await Promise.all(this.#storageWatches.map((watch) => watch.stop()));
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    try {
      this.#stale = false;
      this.#tell(await this.#options.list());
    } finally {
      this.#looking = undefined;
    }
  }

  /**
   * One look at a time, or an older list could be told after a newer one; what changes during one
   * brings another.
   */
  #look(): void {
    this.#stale = true;
    if (this.#started) this.#lookAgain();
  }

  #lookAgain(): void {
    if (!this.#stale || this.#stopped) return;
    this.#looking ??= this.#lookOnce()
      .catch((error: unknown) =>
        this.#options.logger.warn('The rooms cannot be listed; the next change is waited for', {
          error,
        }),
      )
      .then(() => this.#lookAgain());
  }

  #tell(rooms: readonly RoomEntry[]): void {
    if (this.#stopped) return;
    const before = this.#shown;
    this.#shown = new Map(rooms.map((room) => [room.id, { text: JSON.stringify(room), room }]));
    for (const [id, { text, room }] of this.#shown) {
      const old = before.get(id);
      if (old === undefined) this.#emit({ type: 'found', room });
      else if (old.text !== text) this.#emit({ type: 'changed', room });
    }
    for (const [id, { room }] of before) {
      if (!this.#shown.has(id)) this.#emit({ type: 'lost', room });
    }
  }

  #emit(change: RoomChange): void {
    // A listener may stop the watch in the middle of a list.
    if (this.#stopped) return;
    try {
      this.#options.onChange(change);
    } catch (error) {
      this.#options.logger.error('A listener for rooms failed', { error });
    }
  }
}
