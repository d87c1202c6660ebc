import type { Logger } from '../contracts/logger.js';
import type { OperationOptions } from '../contracts/options.js';
import type { Storage, StoredDocument } from '../contracts/storage.js';
import type { TransportAddress } from '../contracts/transport.js';
import { hasCode } from '../errors/index.js';
import { toHex } from '../secure/bytes.js';
import { sealEndpoint, type Endpoint, type EndpointSeal } from '../secure/endpoint.js';
import type { Identity } from '../secure/identity.js';
import { roomId, type RoomParameters } from '../secure/room-parameters.js';
import type { Clock } from '../util/clock.js';
import { retryConflicts } from '../util/retry-conflicts.js';
import { SerialQueue } from '../util/serial-queue.js';
import { ENDPOINTS, StoredEndpoint } from './stored-endpoints.js';

/**
 * Lifetime of a record, ms, after which a host that vanished no longer counts as live. It is rewritten
 * with 40 s left, so the clocks of two machines may differ by 40 s.
 */
const ENDPOINT_LIFETIME_MS = 60_000;
/** Interval between writes of a live room's record, ms. */
const REFRESH_MS = 20_000;
/** The same while the store is away, ms. */
const RETRY_MS = 3_000;

/** A live room's endpoint in the store. */
export interface PublishedEndpoint {
  /**
   * Writes the current addresses now. This also happens every 20 s, or every 3 s while the store is
   * away.
   *
   * @throws the store's errors
   */
  refresh(): Promise<void>;
  /**
   * Withdraws it; can be called twice. Takes at most one failing operation of a store that is away; a
   * record that cannot be withdrawn expires.
   */
  stop(): Promise<void>;
}

/** What an `EndpointPublication` works with. */
export interface EndpointPublicationOptions extends EndpointSeal {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly room: RoomParameters;
  /** The room's host's. */
  readonly identity: Identity;
  /** Asked for at each write: interfaces come and go. */
  readonly addresses: () => readonly TransportAddress[];
}

/** What was written last. */
interface Written {
  /** Of the document. */
  readonly revision: number;
  readonly endpoint: Endpoint;
}

/**
 * Keeps the endpoint of a live room in the store.
 *
 * The owner can have the room open in two places, which overwrite each other's record. So each
 * remembers the record of the other and restores it when it stops, so that guests find the place
 * that is still open. A record with our addresses that we did not write means that the other place
 * has stopped.
 */
export class EndpointPublication implements PublishedEndpoint {
  readonly #options: EndpointPublicationOptions;
  readonly #id: string;
  #written: Written | undefined;
  /** The last record of the owner's other place. */
  #elsewhere: Endpoint | undefined;
  /** Whether the last write found no store. */
  #isStoreAway = false;
  /** Whether a failure was logged since the last successful write. */
  #isReported = false;
  #stopped = false;
  #cancelTimer: () => void = () => undefined;
  /** One write after another, so that the last one withdraws. */
  readonly #work = new SerialQueue();
  #withdrawn: Promise<void> | undefined;

  constructor(options: EndpointPublicationOptions) {
    this.#options = options;
    this.#id = toHex(roomId(options.room));
  }

  /**
   * Writes it for the first time. If the store is away or its record damaged, retries later: guests
   * find the room by its beacons meanwhile.
   *
   * @throws RoomkeyError `RK_ENDPOINT_INVALID` for invalid addresses; the store's other errors
   */
  async start(options: OperationOptions): Promise<void> {
    try {
      await this.#publish(options);
    } catch (error) {
      if (hasCode(error, 'RK_STORAGE_IO')) return;
      if (hasCode(error, 'RK_STORAGE_DAMAGED')) {
        this.#report('could not be written', error);
        return;
      }
      this.#stopped = true;
      this.#cancelTimer();
      throw error;
    }
  }

  async refresh(): Promise<void> {
    await this.#publish({});
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#cancelTimer();
      this.#withdrawn = this.#work.run(() => this.#withdraw());
    }
    await this.#withdrawn;
  }

  #publish(options: OperationOptions): Promise<void> {
    return this.#work.run(() => this.#publishNow(options));
  }

  async #publishNow(options: OperationOptions): Promise<void> {
    if (this.#stopped) return;
    this.#cancelTimer();
    try {
      this.#written = await this.#write(options);
      this.#isStoreAway = false;
      this.#isReported = false;
    } catch (error) {
      this.#isStoreAway = hasCode(error, 'RK_STORAGE_IO');
      throw error;
    } finally {
      this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#stopped) return;
    const pause = this.#isStoreAway ? RETRY_MS : REFRESH_MS;
    this.#cancelTimer = this.#options.clock.after(pause, () => {
      this.refresh().catch((error: unknown) => this.#report('could not be rewritten', error));
    });
  }

  async #write(options: OperationOptions): Promise<Written> {
    const { storage, clock, addresses } = this.#options;
    return await retryConflicts(async () => {
      const document = await storage.get(ENDPOINTS, this.#id, options);
      const stored = this.#readStored(document);
      const expiresAt = clock.wallTime() + ENDPOINT_LIFETIME_MS;
      return await this.#put(document, stored, { addresses: addresses(), expiresAt }, options);
    });
  }

  async #put(
    document: StoredDocument | undefined,
    stored: Endpoint | undefined,
    { addresses, expiresAt }: Pick<Endpoint, 'addresses' | 'expiresAt'>,
    options: OperationOptions = {},
  ): Promise<Written> {
    const { storage, clock, room, identity } = this.#options;
    // Above the last one: a clock may have been set back.
    const revision = Math.max(clock.wallTime(), (stored?.revision ?? -1) + 1);
    const endpoint = { addresses, revision, expiresAt };
    const record = sealEndpoint(endpoint, room, identity, this.#options);
    const value = { sealed: Buffer.from(record).toString('base64') };
    const write = { ...options, expiresAt };
    const written =
      document === undefined
        ? await storage.insert(ENDPOINTS, this.#id, value, write)
        : await storage.replace(ENDPOINTS, this.#id, document.revision, value, write);
    return { revision: written.revision, endpoint };
  }

  /**
   * Remembers the record of another place. Ignores a record older than ours, which was replayed.
   *
   * @returns the stored endpoint, expired or not; undefined if the owner did not write it
   */
  #readStored(document: StoredDocument | undefined): Endpoint | undefined {
    if (document === undefined) {
      this.#elsewhere = undefined;
      return undefined;
    }
    const { room } = this.#options;
    const stored = new StoredEndpoint(document).open(room, this.#options, () => undefined);
    if (stored === undefined || document.revision === this.#written?.revision) return stored;
    if (stored.revision > (this.#written?.endpoint.revision ?? -1)) {
      this.#elsewhere = this.#isOwn(stored) ? undefined : stored;
    }
    return stored;
  }

  #isOwn({ addresses }: Endpoint): boolean {
    const own = this.#written?.endpoint.addresses ?? [];
    return addresses.every(({ host, port }) =>
      own.some((address) => address.host === host && address.port === port),
    );
  }

  async #withdraw(): Promise<void> {
    // Stopping must not wait for an absent store again.
    if (this.#written === undefined || this.#isStoreAway) return;
    try {
      await retryConflicts(() => this.#withdrawNow());
    } catch (error) {
      this.#report('could not be withdrawn; it will expire', error);
    }
  }

  async #withdrawNow(): Promise<void> {
    const { storage, clock } = this.#options;
    const document = await storage.get(ENDPOINTS, this.#id);
    if (document === undefined) return;
    const stored = this.#readStored(document);
    const elsewhere = this.#elsewhere;
    if (elsewhere !== undefined && elsewhere.expiresAt > clock.wallTime()) {
      await this.#put(document, stored, elsewhere);
    } else if (stored !== undefined && this.#isOwn(stored)) {
      await storage.remove(ENDPOINTS, this.#id, document.revision);
    }
  }

  /** The storage monitor reports that the store is away; this logs it as debug only. */
  #report(what: string, error: unknown): void {
    const level = hasCode(error, 'RK_STORAGE_IO') || this.#isReported ? 'debug' : 'warn';
    this.#isReported ||= level === 'warn';
    this.#options.logger[level](`The endpoint of a live room ${what}.`, { error });
  }
}
