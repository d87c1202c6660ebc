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
/** More than the base64 of any record has: 16 addresses. What is longer is not looked at. */
const MAX_SEALED_LENGTH = 2_048;
/** With these a record is opened whatever its revision and expiry. */
const NO_LIMITS = { now: 0, newestSeen: 0 };

/** A document that may be a room's endpoint. */
export class StoredEndpoint {
  readonly id: string;
  readonly revision: number;
  readonly #sealed: unknown;
  /** `null`: it was tried in vain. */
  #opened: Endpoint | null | undefined;

  constructor({ id, revision, value }: StoredDocument) {
    this.id = id;
    this.revision = revision;
    this.#sealed = value['sealed'];
  }

  /**
   * What it says, whether that holds still or not. Takes some tenths of a millisecond the first time.
   *
   * @param room the room whose id it bears
   * @param onRefused told once, where it says nothing
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

/** A record's bytes, of what a document says; none where that can be no record. */
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

/** The sealed endpoints of live rooms in a shared store, for those who look for a host. */
export class StoredEndpoints {
  readonly collection: CollectionCache<StoredEndpoint>;
  readonly #storage: Storage;
  readonly #seal: EndpointSeal;
  readonly #logger: Logger;
  readonly #clock: Pick<Clock, 'wallTime'>;
  /** By room: an older record than this is refused. Dropped when it expires, as older ones have. */
  readonly #newest = new Map<string, Endpoint>();
  /** Whether what was read last was damaged: told once. */
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
   * Where a room takes guests, as the store says it now.
   *
   * @returns `undefined` where nothing is stored that can be used
   * @throws the store's errors but damage
   */
  async find(room: RoomParameters, options: OperationOptions = {}): Promise<Endpoint | undefined> {
    const id = toHex(roomId(room));
    return this.open(id, room, await this.get(id, options));
  }

  /** Removes a room's record, whoever wrote it. @throws the store's errors but damage */
  async remove(id: string, options: OperationOptions = {}): Promise<void> {
    await retryConflicts(async () => {
      const stored = await this.get(id, options);
      if (stored === undefined) return;
      await this.#storage.remove(ENDPOINTS, id, stored.revision, options);
      this.collection.evict(id);
    });
  }

  /** @returns `undefined` where it expired, was put back, moved, or is sealed for others */
  open(id: string, room: RoomParameters, stored: StoredEndpoint | undefined): Endpoint | undefined {
    const endpoint = stored?.open(room, this.#seal, (error) =>
      this.#logger.debug('A stored endpoint is passed over', { room: id, error }),
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

  /** Endpoints that somebody has damaged keep nobody from a room that is found otherwise. */
  async #orDamaged<T>(read: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const found = await read();
      this.#isDamaged = false;
      return found;
    } catch (error) {
      if (!hasCode(error, 'RK_STORAGE_DAMAGED')) throw error;
      if (!this.#isDamaged) {
        const { code } = error;
        this.#logger.warn(`${error.message} Rooms nearby are still found.`, { code });
      }
      this.#isDamaged = true;
      return otherwise;
    }
  }
}
