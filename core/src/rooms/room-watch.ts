import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import type { Storage, StorageChange, StorageWatch } from '../contracts/storage.js';
import { hasCode } from '../errors/index.js';
import type { SignedIn } from '../people/accounts.js';
import { createYielder } from '../util/yielder.js';
import type { Clock } from '../util/clock.js';
import { settleOrAbort } from '../util/deferred.js';
import type { CollectionCache, CacheEntry } from './collection-cache.js';
import type { LiveRooms } from './live-rooms.js';
import type { RoomCatalog } from './room-catalog.js';
import { isSameEntry, type RoomEntry, type Viewer } from './room-entry.js';
import type { StoredEndpoint } from './stored-endpoints.js';
import type { StoredRoom } from './stored-room.js';
import type { Viewers } from './viewers.js';

/**
 * Interval of full reads, ms: the maximum delay if the store's own watch fails.
 */
const READ_AGAIN_MS = 60_000;
/** The same while the store is away. */
const RETRY_MS = 3_000;

/** A change of the merged list. */
export interface RoomChange {
  readonly type: 'found' | 'changed' | 'lost';
  /** Its current state; for a lost room, its last. */
  readonly room: RoomEntry;
}

/** What a `RoomWatch` works with. */
export interface RoomWatchOptions {
  readonly catalog: RoomCatalog;
  readonly live: LiveRooms;
  readonly storage: Storage;
  /** The account that the list is for. */
  readonly account: SignedIn | undefined;
  readonly viewers: Viewers;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onChange: (change: RoomChange) => void;
}

/**
 * A running watch of the merged list. It keeps the stored state, applies the store's changes, and
 * rebuilds the entry of each affected room from all current data, so that no order of beacons and
 * writes can make the list differ from that of `list()`.
 */
export class RoomWatch {
  readonly #options: RoomWatchOptions;
  readonly #stopping = new AbortController();
  #stored = { rooms: new Map<string, StoredRoom>(), endpoints: new Map<string, StoredEndpoint>() };
  #viewer: Viewer | undefined;
  /** Whether known peers or visits may have changed since `#viewer` was read. */
  #isViewerStale = false;
  readonly #shown = new Map<string, RoomEntry>();
  /** When the endpoints of shown rooms expire, ms since 1970. */
  readonly #until = new Map<string, number>();
  /** Ids of rooms to rebuild. */
  readonly #due = new Set<string>();
  readonly #storageWatches = new Map<string, StorageWatch>();
  /** Changes that arrive during a read, applied after it. */
  #buffered: (() => void)[] | undefined;
  #unsubscribe: readonly (() => void)[] = [];
  #started = false;
  #failing = false;
  #reading: Promise<void> | undefined;
  #updating: Promise<void> | undefined;
  #reloading: Promise<void> | undefined;
  #cancelRead: (() => void) | undefined;
  #cancelExpiry: (() => void) | undefined;

  constructor(options: RoomWatchOptions) {
    this.#options = options;
  }

  /**
   * Starts; emits the first list before it resolves.
   *
   * @throws the store's errors; not `RK_STORAGE_IO` where it was read before
   */
  async start({ signal }: OperationOptions): Promise<void> {
    const { live, account, viewers } = this.#options;
    const onLive = ({ id }: { readonly id: string }): void => this.#markDue(id);
    try {
      signal?.throwIfAborted();
      this.#unsubscribe = [live.on('found', onLive), live.on('changed', onLive)];
      this.#unsubscribe = [...this.#unsubscribe, live.on('lost', onLive)];
      const onPeople = (): void => void this.#reloadViewer();
      this.#unsubscribe = [...this.#unsubscribe, viewers.onChange(account, onPeople)];
      await this.#reloadViewer();
      this.#reading = this.#read();
      await (signal === undefined ? this.#reading : settleOrAbort(this.#reading, signal));
      this.#started = true;
      this.#startUpdating();
      await this.#updating;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops; can be called twice. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the watch was stopped'));
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelRead?.();
    this.#cancelExpiry?.();
    await this.#reading?.catch(() => undefined);
    await this.#reloading;
    await Promise.all([...this.#storageWatches.values()].map((watch) => watch.stop()));
    await this.#updating;
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Reads the store, and schedules the next read. */
  async #read(): Promise<void> {
    const { catalog } = this.#options;
    const told: (() => void)[] = (this.#buffered = []);
    try {
      await this.#subscribe(catalog.rooms, () => this.#stored.rooms);
      await this.#subscribe(catalog.endpoints.collection, () => this.#stored.endpoints);
      this.#stored = await catalog.read({ signal: this.#stopping.signal });
      this.#failing = false;
    } catch (error) {
      if (!this.#isStopped) this.#fail(error);
    } finally {
      this.#buffered = undefined;
      for (const apply of told) apply();
    }
    const ids = catalog.ids(this.#stored, this.#viewer);
    for (const id of [...ids, ...this.#shown.keys()]) this.#due.add(id);
    this.#startUpdating();
    this.#scheduleRead();
  }

  /** Keeps the last state. The storage monitor reports that the store is away. */
  #fail(error: unknown): void {
    const { catalog, logger } = this.#options;
    const isAway = hasCode(error, 'RK_STORAGE_IO');
    if (!this.#started) {
      const { snapshot: last } = catalog;
      if (!isAway || last === undefined) throw error;
      this.#stored = { rooms: new Map(last.rooms), endpoints: new Map(last.endpoints) };
    }
    if (!this.#failing) {
      const level = isAway ? 'debug' : 'warn';
      logger[level]('The stored rooms cannot be read; will retry', { error });
    }
    this.#failing = true;
  }

  #scheduleRead(): void {
    if (this.#isStopped) return;
    const pause = this.#failing ? RETRY_MS : READ_AGAIN_MS;
    this.#cancelRead = this.#options.clock.after(pause, () => {
      this.#reading = this.#read();
      // Other processes may have changed known peers and visits.
      void this.#reloadViewer();
    });
  }

  /**
   * Reads known peers and visits of the viewer again, and rebuilds all rooms. Calls during a read share
   * the next one: each reads all files, and in a room without a password many new peers can join in
   * a row.
   */
  #reloadViewer(): Promise<void> {
    this.#isViewerStale = true;
    return (this.#reloading ??= this.#reloadViewerNow());
  }

  async #reloadViewerNow(): Promise<void> {
    const { account, viewers } = this.#options;
    while (this.#isViewerStale && !this.#isStopped) {
      this.#isViewerStale = false;
      const viewer = (this.#viewer = await viewers.of(account));
      const visited = viewer?.visited.keys() ?? [];
      for (const id of [...this.#shown.keys(), ...visited]) this.#due.add(id);
      this.#startUpdating();
    }
    this.#reloading = undefined;
  }

  async #subscribe<T extends CacheEntry>(
    collection: CollectionCache<T>,
    stored: () => Map<string, T>,
  ): Promise<void> {
    const { name } = collection;
    if (this.#storageWatches.has(name)) return;
    const apply = (change: StorageChange): void => {
      if (change.type === 'put') {
        const { document } = change;
        stored().set(document.id, collection.upsert(document));
        this.#markDue(document.id);
      } else {
        collection.evict(change.id);
        stored().delete(change.id);
        this.#markDue(change.id);
      }
    };
    const onChange = (change: StorageChange): void => {
      if (this.#buffered === undefined) apply(change);
      else this.#buffered.push(() => isOlder(change, stored()) || apply(change));
    };
    const { signal } = this.#stopping;
    const watch = await this.#options.storage.watch(name, onChange, { signal });
    this.#storageWatches.set(name, watch);
  }

  #markDue(id: string): void {
    this.#due.add(id);
    this.#startUpdating();
  }

  #startUpdating(): void {
    if (this.#started && !this.#isStopped) this.#updating ??= this.#updateDue();
  }

  async #updateDue(): Promise<void> {
    const yieldIfDue = createYielder();
    // Deferred, so that changes that arrive together are handled together.
    await Promise.resolve();
    // Includes ids that become due meanwhile.
    for (const id of this.#due) {
      this.#due.delete(id);
      this.#update(id);
      await yieldIfDue();
      // A listener may stop the watch in the middle of a list.
      if (this.#isStopped) return;
    }
    this.#updating = undefined;
    this.#scheduleExpiry();
  }

  #update(id: string): void {
    const view = this.#options.catalog.view(id, this.#stored, this.#viewer);
    const before = this.#shown.get(id);
    if (view === undefined) {
      this.#shown.delete(id);
      this.#until.delete(id);
      if (before !== undefined) this.#emit({ type: 'lost', room: before });
      return;
    }
    const { entry: room, until } = view;
    this.#shown.set(id, room);
    if (until === Infinity) this.#until.delete(id);
    else this.#until.set(id, until);
    if (before === undefined) this.#emit({ type: 'found', room });
    else if (!isSameEntry(before, room)) this.#emit({ type: 'changed', room });
  }

  /** One timer, for the endpoint that expires first; at most 60 s, since the clock may be set. */
  #scheduleExpiry(): void {
    this.#cancelExpiry?.();
    if (this.#until.size === 0) return;
    const { clock } = this.#options;
    let next = clock.wallTime() + READ_AGAIN_MS;
    for (const until of this.#until.values()) next = Math.min(next, until);
    const expire = (): void => {
      const now = clock.wallTime();
      for (const [id, until] of this.#until) if (until <= now) this.#due.add(id);
      this.#startUpdating();
    };
    this.#cancelExpiry = clock.after(Math.max(next - clock.wallTime(), 1), expire);
  }

  #emit(change: RoomChange): void {
    try {
      this.#options.onChange(change);
    } catch (error) {
      this.#options.logger.error('A listener for rooms failed', { error });
    }
  }
}

/** Whether a newer revision was already read. */
function isOlder(change: StorageChange, stored: ReadonlyMap<string, CacheEntry>): boolean {
  if (change.type === 'remove') return false;
  const { id, revision } = change.document;
  return (stored.get(id)?.revision ?? 0) > revision;
}
