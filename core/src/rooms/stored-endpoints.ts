import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import type { Storage } from '../contracts/storage.js';
import type { TransportAddress } from '../contracts/transport.js';
import { hasCode } from '../errors/index.js';
import { toHex } from '../secure/bytes.js';
import {
  openEndpoint,
  sealEndpoint,
  type Endpoint,
  type EndpointSeal,
} from '../secure/endpoint.js';
import type { Identity } from '../secure/identity.js';
import { roomId, type RoomParameters } from '../secure/room-parameters.js';
import { systemClock, type Clock } from '../util/clock.js';
import { retryConflicts } from '../util/retry-conflicts.js';

/** The collection of endpoints; ids are room ids. */
export const ENDPOINTS = 'endpoints';
/**
 * How long a record holds, ms. Clocks of machines that share a store may be apart by some part of
 * this; a host that crashed is taken for live no longer.
 */
export const ENDPOINT_LIFETIME_MS = 60_000;
/** How often a live room's record is written anew, ms: two writes may fail. */
const REFRESH_MS = 20_000;

/** A live room's endpoint in the store. */
export interface PublishedEndpoint {
  /** Writes the addresses of this moment at once. Beside this it happens every 20 s. */
  refresh(): Promise<void>;
  /** Withdraws it; can be called twice. A store that fails then is logged: the record expires. */
  stop(): Promise<void>;
}

/** What `StoredEndpoints` works with. */
export interface StoredEndpointsOptions extends EndpointSeal {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** The sealed endpoints of live rooms in a shared store. */
export class StoredEndpoints {
  readonly #options: StoredEndpointsOptions;
  readonly #storage: Storage;
  readonly #clock: Clock;
  /** By room: an older record than this is refused. Dropped when it expires, as older ones have. */
  readonly #seen = new Map<string, { readonly revision: number; readonly expiresAt: number }>();
  /** Records that were found unusable, so that each is logged once. */
  readonly #refused = new Map<string, string>();

  constructor(options: StoredEndpointsOptions) {
    this.#options = options;
    this.#storage = options.storage;
    this.#clock = options.clock ?? systemClock;
  }

  /** @returns `undefined` where none is stored that can be used */
  async find(room: RoomParameters, options: OperationOptions = {}): Promise<Endpoint | undefined> {
    const id = toHex(roomId(room));
    const document = await this.#storage.get(ENDPOINTS, id, options);
    const text = document?.value['sealed'];
    return text === undefined ? undefined : this.#open(id, room, text);
  }

  /**
   * Stores where a live room's host takes guests, and keeps it fresh until stopped.
   *
   * @param addresses asked for at each write: interfaces come and go
   * @throws RoomkeyError `RK_STORAGE_IO` and the store's others where the first write fails;
   * `RK_ENDPOINT_INVALID` for addresses that are none.
   */
  async publish(
    room: RoomParameters,
    identity: Identity,
    addresses: () => readonly TransportAddress[],
    options: OperationOptions = {},
  ): Promise<PublishedEndpoint> {
    const id = toHex(roomId(room));
    let written = await this.#write(id, room, identity, addresses(), options);
    let cancelTimer: () => void = () => undefined;
    let stopped = false;
    // One write after another, so that the last one withdraws.
    let work: Promise<void> = Promise.resolve();
    const refresh = (): Promise<void> => {
      const next = work.then(async () => {
        if (!stopped) written = await this.#write(id, room, identity, addresses());
      });
      work = next.catch((error: unknown) =>
        this.#options.logger.warn('The endpoint could not be stored; it is tried again', { error }),
      );
      return next;
    };
    const schedule = (): void => {
      cancelTimer = this.#clock.after(REFRESH_MS, () => {
        // What fails is logged by `refresh`.
        refresh().catch(() => undefined);
        schedule();
      });
    };
    schedule();
    return {
      refresh,
      stop: async () => {
        if (!stopped) {
          stopped = true;
          cancelTimer();
          work = work.then(() => this.#withdraw(id, written));
        }
        await work;
      },
    };
  }

  /** Removes a room's record, whoever wrote it. */
  async remove(id: string, options: OperationOptions = {}): Promise<void> {
    await retryConflicts(async () => {
      const document = await this.#storage.get(ENDPOINTS, id, options);
      if (document !== undefined) {
        await this.#storage.remove(ENDPOINTS, id, document.revision, options);
      }
    });
  }

  #open(id: string, room: RoomParameters, text: unknown): Endpoint | undefined {
    const now = this.#clock.wallTime();
    for (const [seenId, seen] of this.#seen) if (seen.expiresAt <= now) this.#seen.delete(seenId);
    try {
      const newestSeen = this.#seen.get(id)?.revision ?? 0;
      const endpoint = openEndpoint(toBytes(text), room, this.#options, { now, newestSeen });
      this.#seen.set(id, endpoint);
      return endpoint;
    } catch (error) {
      if (!hasCode(error, 'RK_ENDPOINT_INVALID')) throw error;
      if (this.#refused.get(id) !== text) {
        this.#refused.set(id, String(text));
        this.#options.logger.debug('A stored endpoint is passed over', { room: id, error });
      }
      return undefined;
    }
  }

  /** @returns the document's revision */
  async #write(
    id: string,
    room: RoomParameters,
    identity: Identity,
    addresses: readonly TransportAddress[],
    options: OperationOptions = {},
  ): Promise<number> {
    return retryConflicts(async () => {
      const document = await this.#storage.get(ENDPOINTS, id, options);
      const now = this.#clock.wallTime();
      const expiresAt = now + ENDPOINT_LIFETIME_MS;
      const revision = Math.max(now, this.#revisionAfter(room, document?.value['sealed']));
      const endpoint = { addresses, revision, expiresAt };
      const record = sealEndpoint(endpoint, room, identity, this.#options);
      const value = { sealed: Buffer.from(record).toString('base64') };
      const write = { ...options, expiresAt };
      const stored =
        document === undefined
          ? await this.#storage.insert(ENDPOINTS, id, value, write)
          : await this.#storage.replace(ENDPOINTS, id, document.revision, value, write);
      return stored.revision;
    });
  }

  /** What the record after this one is to be numbered at least: a clock may have been set back. */
  #revisionAfter(room: RoomParameters, text: unknown): number {
    try {
      const limits = { now: 0, newestSeen: 0 };
      return openEndpoint(toBytes(text), room, this.#options, limits).revision + 1;
    } catch (error) {
      // Somebody else’s writing, which says nothing about revisions.
      if (hasCode(error, 'RK_ENDPOINT_INVALID')) return 0;
      throw error;
    }
  }

  async #withdraw(id: string, revision: number): Promise<void> {
    try {
      await this.#storage.remove(ENDPOINTS, id, revision);
    } catch (error) {
      // Another process of the owner hosts the room meanwhile, or the record expired.
      if (hasCode(error, 'RK_STORAGE_CONFLICT')) return;
      this.#options.logger.warn('The endpoint could not be withdrawn; it expires by itself', {
        error,
      });
    }
  }
}

function toBytes(text: unknown): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text, 'base64') : new Uint8Array(0);
}
