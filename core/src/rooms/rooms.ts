import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigFolder, DirectoryKey, Inject, StorageCipher } from '../container/index.js';
import type { Cipher } from '../contracts/cipher.js';
import { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import { Storage } from '../contracts/storage.js';
import { token } from '../contracts/token.js';
import type { TransportAddress } from '../contracts/transport.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import type { SignedIn } from '../people/accounts.js';
import { nameKey } from '../people/names.js';
import { PeopleToken, type People } from '../people/people.js';
import { RoomPasswords } from '../people/room-passwords.js';
import { equalBytes, toHex } from '../secure/bytes.js';
import type { EndpointSeal } from '../secure/endpoint.js';
import { createRoomParameters, roomId } from '../secure/room-parameters.js';
import { createYielder } from '../util/yielder.js';
import { systemClock, type Clock } from '../util/clock.js';
import { retryConflicts } from '../util/retry-conflicts.js';
import { SerialQueue } from '../util/serial-queue.js';
import { shellArgument } from '../util/shell-argument.js';
import { EndpointPublication, type PublishedEndpoint } from './endpoint-publication.js';
import type { CollectionCache } from './collection-cache.js';
import { LiveRoomsToken, type LiveRooms } from './live-rooms.js';
import { RoomCatalog, type StoredState } from './room-catalog.js';
import {
  classifyOwners,
  mergeAddresses,
  toRoomEntry,
  toOwnRoomEntry,
  type RoomEntry,
  type Viewer,
} from './room-entry.js';
import { normalizeRoomName, type RoomRecord } from './room-record.js';
import { searchRoom, type RoomCandidate } from './room-search.js';
import { RoomWatch, type RoomChange } from './room-watch.js';
import { StoredEndpoints } from './stored-endpoints.js';
import { storeRoom } from './store-room.js';
import { ROOMS, type StoredRoom } from './stored-room.js';
import { Viewers } from './viewers.js';
import { VisitedRoomsToken, type VisitedRoom, type VisitedRooms } from './visited-rooms.js';

const ROOM_ID = /^[0-9a-f]{32}$/;
/** How long a guest with a beacon waits for the stored endpoint, ms. */
const STORE_TIMEOUT_MS = 300;

/** What `Rooms` works with. */
export interface RoomsOptions {
  readonly storage: Storage;
  readonly live: LiveRooms;
  /** Seals stored endpoints: AES-256-GCM. */
  readonly cipher: Cipher;
  /** `loadDirectoryKey`'s result. */
  readonly directoryKey: Uint8Array;
  /** The user's own folder on this machine, for the password checks of rooms. */
  readonly configFolder: string;
  /** Known peers of each account. */
  readonly people: Pick<People, 'of'>;
  /** Visited rooms of each account. */
  readonly visits: VisitedRooms;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Options of a list of rooms. */
export interface ViewOptions extends OperationOptions {
  /** The viewer: decides which rooms are `mine` and which owners are known. */
  readonly account?: SignedIn | undefined;
}

/**
 * Stored rooms, together with those that are live on the network. While the store is away, the list
 * keeps the rooms that were last read.
 */
export class Rooms {
  readonly #storage: Storage;
  readonly #live: LiveRooms;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #configFolder: string;
  readonly #seal: EndpointSeal;
  readonly #catalog: RoomCatalog;
  readonly #viewers: Viewers;
  readonly #visits: VisitedRooms;
  readonly #rooms: CollectionCache<StoredRoom>;
  readonly #endpoints: StoredEndpoints;
  /** One after another, so that a double click makes one room. */
  readonly #creating = new SerialQueue();

  constructor(
    @Inject({
      storage: Storage,
      live: LiveRoomsToken,
      cipher: StorageCipher,
      directoryKey: DirectoryKey,
      configFolder: ConfigFolder,
      people: PeopleToken,
      visits: VisitedRoomsToken,
      logger: Logger,
    })
    options: RoomsOptions,
  ) {
    const { storage, live, logger, clock = systemClock, cipher, directoryKey } = options;
    this.#viewers = new Viewers(options);
    this.#visits = options.visits;
    this.#storage = storage;
    this.#live = live;
    this.#logger = logger;
    this.#clock = clock;
    this.#configFolder = options.configFolder;
    this.#seal = { cipher, directoryKey };
    this.#endpoints = new StoredEndpoints({ storage, logger, clock, ...this.#seal });
    this.#catalog = new RoomCatalog({ storage, live, logger, endpoints: this.#endpoints });
    this.#rooms = this.#catalog.rooms;
  }

  /**
   * Creates a room and stores it; does not open it.
   *
   * @param name 1…64 UTF-8 bytes; an owner has no two rooms whose names differ in case only
   * @throws RoomkeyError `RK_ROOM_NAME_INVALID`, `RK_ROOM_EXISTS`
   */
  async create(
    account: SignedIn,
    name: string,
    room: { readonly password: boolean },
    options: OperationOptions = {},
  ): Promise<RoomEntry> {
    options.signal?.throwIfAborted();
    const parameters = createRoomParameters(account.identity.publicKey, room.password ? 1 : 0);
    const record: RoomRecord = {
      id: toHex(roomId(parameters)),
      parameters,
      name: normalizeRoomName(name),
      ownerName: account.name,
    };
    const store = { storage: this.#storage, rooms: this.#rooms, logger: this.#logger };
    await this.#creating.run(() => storeRoom(store, record, account.identity, options));
    return toOwnRoomEntry(record);
  }

  /**
   * All rooms: stored, then live, then visited ones, the latest visit first; and last the rooms whose
   * owner's name is known with a different identity. Skips damaged rooms, with a warning.
   *
   * @throws the store's errors; not `RK_STORAGE_IO` where it was read before
   */
  async list({ account, signal }: ViewOptions = {}): Promise<RoomEntry[]> {
    const state = await this.#catalog.readOrSnapshot(
      () => this.#catalog.read(signal === undefined ? {} : { signal }),
      (last) => last,
    );
    const viewer = await this.#viewers.of(account);
    const [stored, discovered, changed]: [RoomEntry[], RoomEntry[], RoomEntry[]] = [[], [], []];
    const yieldIfDue = createYielder();
    for (const id of this.#catalog.ids(state, viewer)) {
      await yieldIfDue();
      signal?.throwIfAborted();
      const entry = this.#catalog.view(id, state, viewer)?.entry;
      if (entry?.owner.known === 'changed') changed.push(entry);
      else if (entry !== undefined) (entry.stored ? stored : discovered).push(entry);
    }
    return [...stored, ...discovered, ...changed];
  }

  /**
   * Finds a room by its name, case-insensitive, or by its id or a prefix of it, at least 4 digits. Of
   * several matches, an own room wins, then one of a known owner. A room whose owner shows a known
   * name, or the viewer's, with a different identity matches by its id, or if no other room matches;
   * and so does a room that was only visited.
   *
   * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`; the store's errors, as `list`
   */
  async find(nameOrId: string, { account, signal }: ViewOptions = {}): Promise<RoomEntry> {
    const options = signal === undefined ? {} : { signal };
    const viewer = await this.#viewers.of(account);
    const id = nameOrId.trim().toLowerCase();
    if (ROOM_ID.test(id)) {
      const room = await this.#catalog.readOrSnapshot(
        () => this.#rooms.get(id, options),
        (last) => last.rooms.get(id),
      );
      const entry = await this.#view(id, room, viewer, options);
      if (entry !== undefined) return entry;
    }
    const rooms = await this.#catalog.readOrSnapshot(
      () => this.#rooms.read(options),
      (last) => last.rooms,
    );
    const found = await this.#search(this.#catalog.candidates(rooms), nameOrId, viewer);
    const entry = await this.#view(found.id, rooms.get(found.id), viewer, options);
    // It was lost a moment ago.
    return entry ?? toRoomEntry(found, { stored: false }, viewer);
  }

  /**
   * Forgets a visited room.
   *
   * @param nameOrId as for `find`
   * @returns what was remembered
   * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`, `RK_STORAGE_IO`
   */
  async forget(account: SignedIn, nameOrId: string): Promise<RoomEntry> {
    const viewer = await this.#viewers.of(account);
    const visited = [...(viewer?.visited.values() ?? [])];
    // The owner does not matter here.
    const owners = classifyOwners(undefined);
    const record = await searchRoom(visited.map(toCandidate), nameOrId, owners).catch(
      async (error: unknown) => {
        if (!hasCode(error, 'RK_ROOM_NOT_FOUND')) throw error;
        throw notVisited(nameOrId, await this.find(nameOrId, { account }).catch(() => undefined));
      },
    );
    await this.#visits.forget(account.identity.publicKey, record.id);
    return toRoomEntry(record, { stored: false }, viewer);
  }

  /**
   * Removes an own stored room, its endpoint, and the password check on this machine.
   *
   * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_NOT_OWNER`
   */
  async remove(account: SignedIn, id: string, options: OperationOptions = {}): Promise<void> {
    await retryConflicts(async () => {
      const room = await this.#rooms.get(id, options);
      const record = room?.record;
      if (room === undefined || record === undefined) {
        throw new RoomkeyError(
          'RK_ROOM_NOT_FOUND',
          `No room ${id} is stored; \`roomkey room list\` shows stored rooms.`,
        );
      }
      if (!equalBytes(record.parameters.host, account.identity.publicKey)) {
        throw new RoomkeyError(
          'RK_ROOM_NOT_OWNER',
          `The room “${record.name}” belongs to ${record.ownerName}. Only its owner can delete it.`,
        );
      }
      await this.#storage.remove(ROOMS, id, room.revision, options);
      this.#rooms.evict(id);
    });
    await this.#endpoints.remove(id, options);
    await new RoomPasswords(this.#configFolder, account.identity, this.#logger).forget(id);
  }

  /**
   * Removes all own stored rooms, before the account is deleted.
   *
   * @returns the removed rooms
   * @throws the store's errors; a repeated call continues
   */
  async removeOwn(account: SignedIn, options: OperationOptions = {}): Promise<RoomEntry[]> {
    const { publicKey } = account.identity;
    // Not from the cache while the store is away: rooms could stay that can never be deleted.
    const stored = [...(await this.#rooms.read(options)).values()];
    const records = stored.flatMap(({ record }) => record ?? []);
    const own = records.filter(({ parameters }) => equalBytes(parameters.host, publicKey));
    for (const { id } of own) {
      await this.remove(account, id, options).catch((error: unknown) => {
        // Another process of the account was faster.
        if (!hasCode(error, 'RK_ROOM_NOT_FOUND')) throw error;
      });
    }
    return own.map(toOwnRoomEntry);
  }

  /**
   * Stores the sealed addresses where the owner accepts guests, for guests out of reach of beacons.
   * Refreshes them until it is stopped, and within 3 s after the store comes back.
   *
   * @param addresses asked for at each write; `localAddresses` gives this machine's
   * @throws RoomkeyError `RK_ROOM_NOT_OWNER`, `RK_ENDPOINT_INVALID`, and the store's errors but
   * `RK_STORAGE_IO`
   */
  async publishEndpoint(
    account: SignedIn,
    room: Pick<RoomEntry, 'name' | 'parameters'>,
    addresses: () => readonly TransportAddress[],
    options: OperationOptions = {},
  ): Promise<PublishedEndpoint> {
    if (!equalBytes(room.parameters.host, account.identity.publicKey)) {
      throw new RoomkeyError('RK_ROOM_NOT_OWNER', `Only its owner can host “${room.name}”.`);
    }
    const publication = new EndpointPublication({
      ...this.#seal,
      storage: this.#storage,
      logger: this.#logger,
      clock: this.#clock,
      room: room.parameters,
      identity: account.identity,
      addresses,
    });
    await publication.start(options);
    return publication;
  }

  /**
   * Addresses of a room's host, the likeliest first: confirmed, stored, then unconfirmed ones. If the
   * store is away, only those of beacons.
   */
  async lookupEndpoints(
    room: Pick<RoomEntry, 'id' | 'parameters'>,
    options: OperationOptions = {},
  ): Promise<TransportAddress[]> {
    const live = this.#live.get(room.id);
    try {
      const asked = this.#endpoints.find(room.parameters, options);
      // An absent store takes seconds to fail, and the beacon is at hand.
      asked.catch(() => undefined);
      const patience = sleep(STORE_TIMEOUT_MS, undefined, { ref: false });
      const stored = await (live !== undefined ? Promise.race([asked, patience]) : asked);
      return mergeAddresses(live, stored);
    } catch (error) {
      // The storage monitor reports that the store is away.
      if (!hasCode(error, 'RK_STORAGE_IO')) throw error;
      return [...(live?.addresses ?? [])];
    }
  }

  /**
   * Reports every room (as `found`), and then every change of the list.
   *
   * @param onChange what it throws is logged and stops nothing
   * @throws the store's errors; not `RK_STORAGE_IO` where it was read before
   */
  async watch(
    onChange: (change: RoomChange) => void,
    { account, signal }: ViewOptions = {},
  ): Promise<RoomWatch> {
    const watch = new RoomWatch({
      catalog: this.#catalog,
      live: this.#live,
      storage: this.#storage,
      account,
      viewers: this.#viewers,
      logger: this.#logger,
      clock: this.#clock,
      onChange,
    });
    await watch.start(signal === undefined ? {} : { signal });
    return watch;
  }

  async #view(
    id: string,
    room: StoredRoom | undefined,
    viewer: Viewer | undefined,
    options: OperationOptions,
  ): Promise<RoomEntry | undefined> {
    const endpoint =
      room &&
      (await this.#catalog.readOrSnapshot(
        () => this.#endpoints.get(id, options),
        (last) => last.endpoints.get(id),
      ));
    const state: StoredState = {
      rooms: new Map(room && [[id, room]]),
      endpoints: new Map(endpoint && [[id, endpoint]]),
    };
    return this.#catalog.view(id, state, viewer)?.entry;
  }

  async #search(
    candidates: readonly RoomCandidate[],
    nameOrId: string,
    viewer: Viewer | undefined,
  ): Promise<RoomRecord> {
    const owners = classifyOwners(viewer);
    try {
      return await searchRoom(candidates, nameOrId, owners);
    } catch (error) {
      if (!hasCode(error, 'RK_ROOM_NOT_FOUND') || viewer === undefined) throw error;
    }
    const visited = [...viewer.visited.values()].map(toCandidate);
    return await searchRoom([...candidates, ...visited], nameOrId, owners);
  }
}

function toCandidate({ record }: VisitedRoom): RoomCandidate {
  return { id: record.id, name: record.name, nameKey: nameKey(record.name), record };
}

/** @param room the room that the name fits nevertheless */
function notVisited(nameOrId: string, room: RoomEntry | undefined): RoomkeyError {
  return new RoomkeyError(
    'RK_ROOM_NOT_FOUND',
    room?.mine === true
      ? `“${room.name}” is your own room, and Roomkey remembers visits to the rooms of others only. To delete it: roomkey room delete ${shellArgument(room.name)}`
      : `You have not visited a room “${nameOrId}”, so there is nothing to forget. \`roomkey room list\` shows the rooms that you visited.`,
  );
}

export const RoomsToken = token<Rooms>('rooms');
