import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import { hasCode } from '../errors/index.js';
import { nameKey } from '../people/names.js';
import { CollectionCache } from './collection-cache.js';
import type { LiveRooms } from './live-rooms.js';
import { toRoomEntry, type RoomEntry, type Viewer } from './room-entry.js';
import type { RoomCandidate } from './room-search.js';
import type {
  StoredEndpoint,
  StoredEndpoints,
  StoredEndpointsOptions,
} from './stored-endpoints.js';
import { ROOMS, StoredRoom } from './stored-room.js';

/** Maximum number of reported damaged rooms, so that a shared store cannot fill the log. */
const MAX_REPORTS = 10;

/** Rooms and endpoints as stored at one moment, by room id, in the order of ids. */
export interface StoredState {
  readonly rooms: ReadonlyMap<string, StoredRoom>;
  readonly endpoints: ReadonlyMap<string, StoredEndpoint>;
}

/** A room in the list, and when it changes without an event. */
export interface RoomView {
  readonly entry: RoomEntry;
  /** When its stored endpoint expires, ms since 1970; Infinity: it has none. */
  readonly until: number;
}

/** What a `RoomCatalog` works with. */
export interface RoomCatalogOptions extends Pick<StoredEndpointsOptions, 'storage'> {
  readonly logger: Logger;
  readonly live: LiveRooms;
  readonly endpoints: StoredEndpoints;
}

/** Joins stored rooms with live ones. */
export class RoomCatalog {
  readonly rooms: CollectionCache<StoredRoom>;
  readonly endpoints: StoredEndpoints;
  readonly #live: LiveRooms;
  readonly #logger: Logger;
  #refused = 0;

  constructor({ storage, live, logger, endpoints }: RoomCatalogOptions) {
    this.rooms = new CollectionCache(
      storage,
      ROOMS,
      (document) => new StoredRoom(document, (room) => this.#report(room)),
    );
    this.endpoints = endpoints;
    this.#live = live;
    this.#logger = logger;
    live.setStored({ has: (id) => this.rooms.snapshot?.get(id)?.record !== undefined });
  }

  /** The last read state; `undefined` if the store never answered. */
  get snapshot(): StoredState | undefined {
    const rooms = this.rooms.snapshot;
    return rooms && { rooms, endpoints: this.endpoints.collection.snapshot ?? new Map() };
  }

  /** Reads the store. @throws its errors */
  async read(options: OperationOptions): Promise<{
    readonly rooms: Map<string, StoredRoom>;
    readonly endpoints: Map<string, StoredEndpoint>;
  }> {
    const [rooms, endpoints] = await Promise.all([
      this.rooms.read(options),
      this.endpoints.read(options),
    ]);
    return { rooms, endpoints };
  }

  /**
   * A room as the list shows it; data of a beacon, if there is one, is the newest.
   *
   * @param viewer the account that asks
   * @returns `undefined` if there is none, or the stored one is damaged
   */
  view(id: string, state: StoredState, viewer: Viewer | undefined): RoomView | undefined {
    const record = state.rooms.get(id)?.record;
    const live = this.#live.get(id);
    const said = live ?? record ?? viewer?.visited.get(id)?.record;
    if (said === undefined) return undefined;
    const endpoint = record && this.endpoints.open(id, record.parameters, state.endpoints.get(id));
    const sources = { stored: record !== undefined, live, endpoint };
    return { entry: toRoomEntry(said, sources, viewer), until: endpoint?.expiresAt ?? Infinity };
  }

  /** The ids of all possible rooms: stored, live, then visited ones. */
  ids({ rooms }: StoredState, viewer: Viewer | undefined): Set<string> {
    const live = this.#live.list().map(({ id }) => id);
    return new Set([...rooms.keys(), ...live, ...(viewer?.visited.keys() ?? [])]);
  }

  /**
   * Reads the store; uses the last read state while it is away.
   *
   * @throws the store's errors; not `RK_STORAGE_IO` where it was read before
   */
  async readOrSnapshot<T>(read: () => Promise<T>, known: (last: StoredState) => T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      const { snapshot: last } = this;
      if (!hasCode(error, 'RK_STORAGE_IO') || last === undefined) throw error;
      this.#logger.debug('The rooms that were last read stand in for the store', { error });
      return known(last);
    }
  }

  /** For `searchRoom`. A live room goes by the name in its beacon, as in the list. */
  candidates(rooms: ReadonlyMap<string, StoredRoom>): RoomCandidate[] {
    const live = this.#live.list();
    const heard = new Set(live.map(({ id }) => id));
    return [
      ...[...rooms.values()].filter(({ id }) => !heard.has(id)),
      ...live.map((record) => ({
        id: record.id,
        name: record.name,
        nameKey: nameKey(record.name),
        record,
      })),
    ];
  }

  #report({ id }: StoredRoom): void {
    this.#refused += 1;
    if (this.#refused > MAX_REPORTS) return;
    const more = this.#refused === MAX_REPORTS ? ' There may be more; they are not reported.' : '';
    this.#logger.warn(
      `The stored room ${id} is damaged or was not written by its owner; it is not shown.${more}`,
    );
  }
}
