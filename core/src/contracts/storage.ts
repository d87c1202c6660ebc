import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** A JSON value. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The body of a document. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** A stored document. */
export interface StoredDocument<T extends JsonObject = JsonObject> {
  /** Unique within its collection: 1…128 characters of `A-Z a-z 0-9 . _ : -`. */
  readonly id: string;
  /** A positive integer that grows with every write and never repeats for this id. */
  readonly revision: number;
  /** When it expires: milliseconds since 1970; absent: never. */
  readonly expiresAt?: number;
  readonly value: T;
}

/** Options of a write. */
export interface WriteOptions extends OperationOptions {
  /** Milliseconds since 1970. An expired document disappears for all readers at once. */
  readonly expiresAt?: number;
}

/** A change by this or any other process. */
export type StorageChange =
  | { readonly type: 'put'; readonly document: StoredDocument }
  | { readonly type: 'remove'; readonly id: string };

/** A running watch. */
export interface StorageWatch {
  /** Stops it; idempotent. */
  stop(): Promise<void>;
}

/**
 * Named collections of JSON documents, shared by several processes and, with some stores, machines.
 * Core defines what is stored; a store knows no domain rules.
 *
 * Collection names are 1…32 characters of `a-z 0-9 -`. A resolved write survives a crash of the
 * process. In addition to the codes below, every operation throws `RK_STORAGE_IO` if the store
 * cannot be reached, read or written (full disk, no permission; existing documents stay), and
 * `RK_STORAGE_DAMAGED` if stored data is corrupt (nothing is overwritten).
 */
export interface Storage {
  get(
    collection: string,
    id: string,
    options?: OperationOptions,
  ): Promise<StoredDocument | undefined>;
  /** All documents, ordered by id. */
  list(collection: string, options?: OperationOptions): Promise<StoredDocument[]>;
  /** @throws RoomkeyError `RK_STORAGE_EXISTS` if the id is taken */
  insert(
    collection: string,
    id: string,
    value: JsonObject,
    options?: WriteOptions,
  ): Promise<StoredDocument>;
  /**
   * Replaces the document if it still has the revision (compare-and-set). Also replaces the expiry:
   * without `expiresAt` the document no longer expires.
   *
   * @throws RoomkeyError `RK_STORAGE_CONFLICT` if it was changed or removed meanwhile
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
   * @throws RoomkeyError `RK_STORAGE_CONFLICT` if it was changed or removed meanwhile
   */
  remove(
    collection: string,
    id: string,
    revision: number,
    options?: OperationOptions,
  ): Promise<void>;
  /**
   * Reports every future change to the collection, in order per document; quick successive changes
   * may be merged. An expiry is reported as a `remove`.
   *
   * @param onChange called synchronously; what it throws is logged and has no other effect
   */
  watch(
    collection: string,
    onChange: (change: StorageChange) => void,
    options?: OperationOptions,
  ): Promise<StorageWatch>;
}

export const Storage = token<Storage>('storage');
