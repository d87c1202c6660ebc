import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import type { Storage, StoredDocument } from '../contracts/storage.js';
import { hasCode } from '../errors/index.js';
import { toHex } from '../secure/bytes.js';
import { openEndpoint, type Endpoint, type EndpointSeal } from '../secure/endpoint.js';
import { roomId, type RoomParameters } from '../secure/room-parameters.js';
import type { Clock } from '../util/clock.js';
import { retryConflicts } from '../util/retry-conflicts.js';
import { CollectionCache } from './collection-cache.js';

/** The collection of endpoints; ids are room ids. */
export const ENDPOINTS = 'endpoints';
/** Above the base64 length of any record (16 addresses); longer values are not decoded. */
const MAX_SEALED_LENGTH = 2_048;
/** With these a record is opened whatever its revision and expiry. */
const NO_LIMITS = { now: 0, newestSeen: 0 };

/** A document that may be a room's endpoint. */
export class StoredEndpoint {
  readonly id: string;
  readonly revision: number;
  readonly #sealed: unknown;
  /** `null`: it could not be opened. */
  #opened: Endpoint | null | undefined;

  constructor({ id, revision, value }: StoredDocument) {
    this.id = id;
    this.revision = revision;
    this.#sealed = value['sealed'];
  }

  /**
   * Opens it, expired or not. Takes some 0.1 ms the first time.
   *
   * @param room the room with its id
   * @param onRefused called once if it cannot be opened
   */
  open(
    room: RoomParameters,
    seal: EndpointSeal,
    onRefused: (error: Error) => void,
  ): Endpoint | undefined {
    if (this.#opened === undefined) {
      try {
        this.#opened = openEndpoint(toBytes(this.#sealed), room, seal, NO_LIMITS);
      } catch (error) {
        if (!hasCode(error, 'RK_ENDPOINT_INVALID')) throw error;
        this.#opened = null;
        onRefused(error);
      }
    }
    return this.#opened ?? undefined;
  }
}

/** The bytes of a record in a document; empty if invalid. */
function toBytes(sealed: unknown): Uint8Array {
  if (typeof sealed !== 'string' || sealed.length > MAX_SEALED_LENGTH) return new Uint8Array(0);
  return Buffer.from(sealed, 'base64');
}

/** What `StoredEndpoints` works with. */
export interface StoredEndpointsOptions extends EndpointSeal {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly clock: Pick<Clock, 'wallTime'>;
}

/** The sealed endpoints of live rooms in a shared store, for guests. */
export class StoredEndpoints {
  readonly collection: CollectionCache<StoredEndpoint>;
  readonly #storage: Storage;
  readonly #seal: EndpointSeal;
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'wallTime'>;
  /** By room: older records are refused as replays. Dropped on expiry, when older ones have expired too. */
  readonly #newest = new Map<string, Endpoint>();
  /** Whether the last read was damaged, to warn once. */
  #isDamaged = false;

  constructor({ storage, logger, clock, cipher, directoryKey }: StoredEndpointsOptions) {
    this.collection = new CollectionCache(storage, ENDPOINTS, (doc) => new StoredEndpoint(doc));
    this.#storage = storage;
    this.#seal = { cipher, directoryKey };
    this.#logger = logger;
    this.#clock = clock;
  }

  /** All that are stored, by room, opened or not. @throws the store's errors but damage */
  async read(options: OperationOptions = {}): Promise<Map<string, StoredEndpoint>> {
    const read = await this.#orDamaged(() => this.collection.read(options), new Map());
    const now = this.#clock.wallTime();
    for (const [id, { expiresAt }] of this.#newest) if (expiresAt <= now) this.#newest.delete(id);
    return read;
  }

  /** What is stored for a room, opened or not. @throws the store's errors but damage */
  get(id: string, options: OperationOptions = {}): Promise<StoredEndpoint | undefined> {
    return this.#orDamaged(() => this.collection.get(id, options), undefined);
  }

  /**
   * Reads the endpoint of a room.
   *
   * @returns `undefined` if there is no valid one
   * @throws the store's errors but damage
   */
  async find(room: RoomParameters, options: OperationOptions = {}): Promise<Endpoint | undefined> {
    const id = toHex(roomId(room));
    return this.open(id, room, await this.get(id, options));
  }

  /** Removes a room's record, regardless of its writer. @throws the store's errors but damage */
  async remove(id: string, options: OperationOptions = {}): Promise<void> {
    await retryConflicts(async () => {
      const stored = await this.get(id, options);
      if (stored === undefined) return;
      await this.#storage.remove(ENDPOINTS, id, stored.revision, options);
      this.collection.evict(id);
    });
  }

  /** @returns `undefined` if it expired, was replayed or moved, or is sealed for a different directory */
  open(id: string, room: RoomParameters, stored: StoredEndpoint | undefined): Endpoint | undefined {
    const endpoint = stored?.open(room, this.#seal, (error) =>
      this.#logger.debug('A stored endpoint is skipped', { room: id, error }),
    );
    if (endpoint === undefined) return undefined;
    const now = this.#clock.wallTime();
    const newest = this.#newest.get(id);
    if (newest !== undefined && newest.expiresAt > now && endpoint.revision < newest.revision) {
      return undefined;
    }
    if (endpoint.expiresAt <= now) return undefined;
    this.#newest.set(id, endpoint);
    return endpoint;
  }

  /** Damaged endpoints must not block rooms that beacons find. */
  async #orDamaged<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const found = await read();
      this.#isDamaged = false;
      return found;
    } catch (error) {
      if (!hasCode(error, 'RK_STORAGE_DAMAGED')) throw error;
      if (!this.#isDamaged) {
        const { code } = error;
        this.#logger.warn(`${error.message} Rooms on this network are still found.`, { code });
      }
      this.#isDamaged = true;
      return otherwise;
    }
  }
}
