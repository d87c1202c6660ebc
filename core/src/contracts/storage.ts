import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** What JSON can hold. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The body of a document. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** A document as it is stored. */
export interface StoredDocument<T extends JsonObject = JsonObject> {
  /** Unique in its collection: 1…128 characters of `A-Z a-z 0-9 . _ : -`. */
  readonly id: string;
  /** A whole number above 0 that grows with every write and never comes back for this id. */
  readonly revision: number;
  /** When it vanishes, in milliseconds since 1970; absent: never. */
  readonly expiresAt?: number;
  readonly value: T;
}

/** Options of a write. */
export interface WriteOptions extends OperationOptions {
  /** Milliseconds since 1970. An expired document is gone for every reader at once. */
  readonly expiresAt?: number;
}

/** One change, made by this process or any other. */
export type StorageChange =
  | { readonly type: 'put'; readonly document: StoredDocument }
  | { readonly type: 'remove'; readonly id: string };

/** A running watch. */
export interface StorageWatch {
  /** Stops; can be called twice. */
  stop(): Promise<void>;
}

/**
 * Named collections of JSON documents, shared by several processes and, with some stores, machines.
 * What is stored is core's business: a store never sees domain rules.
 *
 * Collection names are 1…32 characters of `a-z 0-9 -`. A resolved write survives the end of the
 * process at that moment. Besides the codes below everything throws `RK_STORAGE_IO` where the store
 * cannot be reached, read or written (a full disk, no permission; what was stored before stays), and
 * `RK_STORAGE_DAMAGED` where what is stored cannot be understood (nothing is written over it).
 */
export interface Storage {
  get(
    collection: string,
    id: string,
    options?: OperationOptions,
  ): Promise<StoredDocument | undefined>;
  /** All documents, ordered by id. */
  list(collection: string, options?: OperationOptions): Promise<StoredDocument[]>;
  /** @throws RoomkeyError `RK_STORAGE_EXISTS` where the id is taken. */
  insert(
    collection: string,
    id: string,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument>;
  /**
   * Writes over the document if it still has the revision (compare-and-set). The expiry is set
   * anew: without `expiresAt` the document no longer expires.
   *
   * @throws RoomkeyError `RK_STORAGE_CONFLICT` where it was changed or removed meanwhile.
   */
  replace(
    collection: string,
    id: string,
    revision: number,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument>;
  /**
   * Removes the document if it still has the revision.
   *
   * @throws RoomkeyError `RK_STORAGE_CONFLICT` where it was changed or removed meanwhile.
   */
  remove(
    collection: string,
    id: string,
    revision: number,
    options?: OperationOptions,
  ): Promise<void>;
  /**
   * Tells of every change to the collection from now on, in order for each document; changes that
   * follow one another quickly may be told as one. An expiry is told as a `remove`.
   *
   * @param onChange called synchronously; what it throws is logged and stops nothing.
   */
  watch(
    collection: string,
    onChange: (change: StorageChange) => void,
    options?: OperationOptions,
  ): Promise<StorageWatch>;
}

export const Storage = token<Storage>('storage');
