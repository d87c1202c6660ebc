import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigFolder, Inject } from '../container/index.js';
import { Logger } from '../contracts/logger.js';
import { token } from '../contracts/token.js';
import { PrivateJsonFile } from '../people/private-json-file.js';
import { accountFolder, removePrivateFile } from '../people/private-files.js';
import { fromHex, toHex } from '../secure/bytes.js';
import { Emitter, type Unsubscribe } from '../util/emitter.js';
import { hasErrno } from '../util/errno.js';
import { SerialQueue } from '../util/serial-queue.js';
import { isRoomRecord, type RoomRecord } from './room-record.js';

/** More are not remembered: the one that was visited longest ago goes. */
export const MAX_VISITS = 50;

/** A room of another owner that the account has visited. */
export interface VisitedRoom {
  readonly record: RoomRecord;
  /** Milliseconds since 1970. */
  readonly visitedAt: number;
}

/** A room was visited, or forgotten. */
export interface VisitChange {
  /** Public key of the visitor, 32 bytes. */
  readonly account: Uint8Array;
  readonly id: string;
  /** Undefined if it was forgotten. */
  readonly visited: VisitedRoom | undefined;
}

/** What `VisitedRooms` works with. */
export interface VisitedRoomsOptions {
  /** The user's own folder on this machine. */
  readonly configFolder: string;
  readonly logger: Logger;
}

/** Largest time of a `Date`, ms since 1970. */
const LAST_DATE = 8.64e15;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const fileSchema = z.strictObject({
  name: z.string(),
  owner: z.string(),
  host: hex(32),
  salt: hex(16),
  mode: z.literal([0, 1]),
  iterations: z.int(),
  visitedAt: z.int().min(0).max(LAST_DATE),
});
type VisitFile = z.infer<typeof fileSchema>;

/**
 * The rooms in which an account was a guest, so that they stay in its list when they are not open.
 * Never their passwords.
 *
 * Kept like `KnownPeers`, in the user's own config folder and one file a room: visits are private to
 * the user, and two processes do not conflict. None of it is trusted: joining takes a handshake with
 * the owner's key.
 */
export class VisitedRooms {
  readonly #configFolder: string;
  readonly #logger: Logger;
  readonly #emitter: Emitter<{ changed: VisitChange }>;
  /** Serializes reads, writes and events. */
  readonly #queue = new SerialQueue();

  constructor(
    @Inject({ configFolder: ConfigFolder, logger: Logger })
    { configFolder, logger }: VisitedRoomsOptions,
  ) {
    this.#configFolder = configFolder;
    this.#logger = logger;
    this.#emitter = new Emitter((error) =>
      logger.error('A listener for visited rooms failed', { error }),
    );
  }

  on(event: 'changed', listener: (change: VisitChange) => void): Unsubscribe {
    return this.#emitter.on(event, listener);
  }

  /**
   * The visits of an account, by id, the latest first. Skips unreadable files, with a warning.
   *
   * @param account a public key, 32 bytes
   */
  list(account: Uint8Array): Promise<Map<string, VisitedRoom>> {
    return this.#queue.run(() => this.#list(account));
  }

  /**
   * Remembers a visit, and forgets the oldest beyond 50.
   *
   * @param visitedAt milliseconds since 1970
   */
  remember(account: Uint8Array, record: RoomRecord, visitedAt: number): Promise<void> {
    return this.#queue.run(async () => {
      const { id, name, ownerName, parameters } = record;
      const { host, salt, mode, iterations } = parameters;
      await this.#file(account, id).write({
        name,
        owner: ownerName,
        host: toHex(host),
        salt: toHex(salt),
        mode,
        iterations,
        visitedAt,
      });
      this.#emitter.emit('changed', { account, id, visited: { record, visitedAt } });
      // Never removes the current visit, whatever the clock says.
      const others = [...(await this.#list(account)).keys()].filter((other) => other !== id);
      for (const oldest of others.slice(MAX_VISITS - 1)) await this.#remove(account, oldest);
    });
  }

  /**
   * Forgets a visit, if it is remembered.
   *
   * @throws RoomkeyError `RK_STORAGE_IO`
   */
  forget(account: Uint8Array, id: string): Promise<void> {
    return this.#queue.run(() => this.#remove(account, id));
  }

  /** Resolves when all earlier calls are done. */
  settled(): Promise<void> {
    return this.#queue.run(() => undefined);
  }

  async #remove(account: Uint8Array, id: string): Promise<void> {
    await removePrivateFile(this.#path(account, id));
    this.#emitter.emit('changed', { account, id, visited: undefined });
  }

  async #list(account: Uint8Array): Promise<Map<string, VisitedRoom>> {
    const found: VisitedRoom[] = [];
    for (const id of await this.#ids(account)) {
      const visited = await this.#read(account, id);
      if (visited !== undefined) found.push(visited);
    }
    found.sort((a, b) => b.visitedAt - a.visitedAt);
    return new Map(found.map((visited) => [visited.record.id, visited]));
  }

  async #ids(account: Uint8Array): Promise<string[]> {
    const folder = this.#folder(account);
    try {
      return (await readdir(folder)).flatMap(
        (entry) => /^([0-9a-f]{32})\.json$/.exec(entry)?.[1] ?? [],
      );
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) {
        this.#logger.warn('Which rooms were visited cannot be read', { error });
      }
      return [];
    }
  }

  async #read(account: Uint8Array, id: string): Promise<VisitedRoom | undefined> {
    const file = await this.#file(account, id).read();
    return file && { record: recordOf(id, file), visitedAt: file.visitedAt };
  }

  #file(account: Uint8Array, id: string): PrivateJsonFile<VisitFile> {
    const schema = fileSchema.refine((file) => isRoomRecord(recordOf(id, file)), 'no such room');
    return new PrivateJsonFile(
      this.#path(account, id),
      schema,
      'A room that was visited',
      this.#logger,
    );
  }

  #path(account: Uint8Array, id: string): string {
    return join(this.#folder(account), `${id}.json`);
  }

  #folder(account: Uint8Array): string {
    return accountFolder(this.#configFolder, 'visits', account);
  }
}

function recordOf(id: string, file: VisitFile): RoomRecord {
  const { name, owner, host, salt, mode, iterations } = file;
  const parameters = { host: fromHex(host), salt: fromHex(salt), mode, iterations };
  return { id, parameters, name, ownerName: owner };
}

export const VisitedRoomsToken = token<VisitedRooms>('visited-rooms');
