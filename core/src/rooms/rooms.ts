import { DirectoryKey, Inject, StorageCipher } from '../container/index.js';
import type { Cipher } from '../contracts/cipher.js';
import { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import { Storage, type StoredDocument } from '../contracts/storage.js';
import { token } from '../contracts/token.js';
import type { TransportAddress } from '../contracts/transport.js';
import { hasCode, RoomkeyError } from '../errors/index.js';
import type { SignedIn } from '../people/accounts.js';
import { nameKey } from '../people/names.js';
import { equalBytes, toHex } from '../secure/bytes.js';
import { createRoomParameters, roomId } from '../secure/room-parameters.js';
import type { Clock } from '../util/clock.js';
import { LiveRoomsToken, type LiveRooms } from './live-rooms.js';
import { retryConflicts } from '../util/retry-conflicts.js';
import { mergeAddresses, pickRoom, toEntry, type RoomEntry } from './room-entry.js';
import {
  decodeRoomRecord,
  encodeRoomRecord,
  normalizeRoomName,
  type RoomRecord,
} from './room-record.js';
import { RoomWatch, type RoomChange } from './room-watch.js';
import { ENDPOINTS, StoredEndpoints, type PublishedEndpoint } from './stored-endpoints.js';

const ROOMS = 'rooms';

/** What `Rooms` works with. */
export interface RoomsOptions {
  readonly storage: Storage;
  readonly live: LiveRooms;
  /** Seals stored endpoints: AES-256-GCM. */
  readonly cipher: Cipher;
  /** `loadDirectoryKey`'s result. */
  readonly directoryKey: Uint8Array;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Options of a look at the rooms. */
export interface ViewOptions extends OperationOptions {
  /** Who looks: decides what is `mine`. */
  readonly account?: SignedIn | undefined;
}

/** Rooms that are stored, together with those that are live nearby. */
export class Rooms {
  readonly #storage: Storage;
  readonly #live: LiveRooms;
  readonly #logger: Logger;
  readonly #endpoints: StoredEndpoints;
  /** One after another, so that a double click makes one room. */
  #creating: Promise<unknown> = Promise.resolve();
  /** Whether the store failed when it was last asked: told once. */
  #isStoreAway = false;
  /** What was read before, by id: a document is verified, and reported, once. */
  readonly #read = new Map<string, { revision: number; record: RoomRecord | undefined }>();

  constructor(
    @Inject({
      storage: Storage,
      live: LiveRoomsToken,
      cipher: StorageCipher,
      directoryKey: DirectoryKey,
      logger: Logger,
    })
    options: RoomsOptions,
  ) {
    this.#storage = options.storage;
    this.#live = options.live;
    this.#logger = options.logger;
    this.#endpoints = new StoredEndpoints(options);
  }

  /**
   * Makes a room and stores it. It is not live by that.
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
    const made = this.#creating.then(() => this.#insert(record, account, options));
    this.#creating = made.catch(() => undefined);
    await made;
    return toEntry(record, { stored: true }, account.identity.publicKey);
  }

  /** All rooms, stored ones first. Damaged ones are passed over, with a warning once for each. */
  async list({ account, signal }: ViewOptions = {}): Promise<RoomEntry[]> {
    const options = signal === undefined ? {} : { signal };
    const viewer = account?.identity.publicKey;
    const records = await this.#records(options);
    const stored = await Promise.all(
      records.map(async (record) => {
        const endpoint = await this.#endpoints.find(record.parameters, options);
        const live = this.#live.get(record.id);
        return toEntry(live ?? record, { stored: true, live, endpoint }, viewer);
      }),
    );
    const ids = new Set(records.map(({ id }) => id));
    const discovered = this.#live.list().filter(({ id }) => !ids.has(id));
    return [...stored, ...discovered.map((live) => toEntry(live, { stored: false, live }, viewer))];
  }

  /**
   * The room that a person means: by its name, without regard to case; or by its id or the beginning
   * of it, at least 4 digits.
   *
   * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`
   */
  async find(nameOrId: string, options: ViewOptions = {}): Promise<RoomEntry> {
    return pickRoom(await this.list(options), nameOrId);
  }

  /**
   * Removes a stored room of one's own, and its endpoint.
   *
   * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_NOT_OWNER`
   */
  async remove(account: SignedIn, id: string, options: OperationOptions = {}): Promise<void> {
    await retryConflicts(async () => {
      const document = await this.#storage.get(ROOMS, id, options);
      const record = document && this.#decode(document);
      if (document === undefined || record === undefined) {
        throw new RoomkeyError(
          'RK_ROOM_NOT_FOUND',
          `No room ${id} is stored; \`roomkey room list\` shows those that are.`,
        );
      }
      if (!equalBytes(record.parameters.host, account.identity.publicKey)) {
        throw new RoomkeyError(
          'RK_ROOM_NOT_OWNER',
          `The room “${record.name}” belongs to ${record.ownerName}, who alone can delete it.`,
        );
      }
      await this.#storage.remove(ROOMS, id, document.revision, options);
    });
    await this.#endpoints.remove(id, options);
  }

  /**
   * Stores where the owner takes guests of a room, sealed, for those whom no beacon reaches. It is
   * kept fresh until it is stopped.
   *
   * @param addresses asked for at each write; `localAddresses` gives this machine's
   * @throws RoomkeyError `RK_ROOM_NOT_OWNER`, `RK_ENDPOINT_INVALID`, and the store's
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
    return this.#endpoints.publish(room.parameters, account.identity, addresses, options);
  }

  /**
   * Where to dial a room's host, the likeliest first: what beacons say, then what is stored. A store
   * that fails is warned of once, and beacons alone have to do.
   */
  async lookupEndpoints(
    room: Pick<RoomEntry, 'id' | 'parameters'>,
    options: OperationOptions = {},
  ): Promise<TransportAddress[]> {
    const heard = this.#live.get(room.id)?.addresses ?? [];
    try {
      const stored = await this.#endpoints.find(room.parameters, options);
      this.#isStoreAway = false;
      return mergeAddresses(heard, stored?.addresses ?? []);
    } catch (error) {
      if (!hasCode(error, 'RK_STORAGE_IO') && !hasCode(error, 'RK_STORAGE_DAMAGED')) throw error;
      if (!this.#isStoreAway) this.#logger.warn(`${error.message} Rooms nearby are still found.`);
      this.#isStoreAway = true;
      return [...heard];
    }
  }

  /**
   * Tells of every room that is there (as `found`), and then of every change to the list.
   *
   * @param onChange what it throws is logged and stops nothing
   */
  async watch(
    onChange: (change: RoomChange) => void,
    { account, signal }: ViewOptions = {},
  ): Promise<RoomWatch> {
    const watch = new RoomWatch({
      list: () => this.list({ account }),
      live: this.#live,
      storage: this.#storage,
      collections: [ROOMS, ENDPOINTS],
      logger: this.#logger,
      onChange,
    });
    await watch.start(signal === undefined ? {} : { signal });
    return watch;
  }

  async #records(options: OperationOptions): Promise<RoomRecord[]> {
    const documents = await this.#storage.list(ROOMS, options);
    const ids = new Set(documents.map(({ id }) => id));
    for (const id of this.#read.keys()) if (!ids.has(id)) this.#read.delete(id);
    const records = documents.flatMap((document) => this.#decode(document) ?? []);
    this.#live.setStored(new Set(records.map(({ id }) => id)));
    return records;
  }

  #decode(document: StoredDocument): RoomRecord | undefined {
    const { id, revision } = document;
    const known = this.#read.get(id);
    if (known?.revision === revision) return known.record;
    const record = decodeRoomRecord(document);
    this.#read.set(id, { revision, record });
    if (record === undefined) {
      this.#logger.warn(
        'A stored room is damaged or was changed by somebody else than its owner; it is not shown',
        { room: id },
      );
    }
    return record;
  }

  async #insert(room: RoomRecord, owner: SignedIn, options: OperationOptions): Promise<void> {
    const taken = new RoomkeyError(
      'RK_ROOM_EXISTS',
      `You have a room “${room.name}” already. Join that one, delete it first, or choose another name.`,
    );
    if ((await this.#namesakes(room, options)).length > 0) throw taken;
    const value = encodeRoomRecord(room, owner.identity);
    const { revision } = await this.#storage.insert(ROOMS, room.id, value, options);
    // Another process of the same owner may have done the same in the same moment. Whoever sees the
    // other’s room goes back: better none, and an error that can be acted on, than two.
    if ((await this.#namesakes(room, options)).length > 0) {
      await this.#storage.remove(ROOMS, room.id, revision, options);
      throw taken;
    }
  }

  /** Other rooms of the same owner with this name. */
  async #namesakes(room: RoomRecord, options: OperationOptions): Promise<RoomRecord[]> {
    const key = nameKey(room.name);
    return (await this.#records(options)).filter(
      ({ id, name, parameters }) =>
        id !== room.id &&
        equalBytes(parameters.host, room.parameters.host) &&
        nameKey(name) === key,
    );
  }
}

export const RoomsToken = token<Rooms>('rooms');
