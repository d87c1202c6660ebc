import {
  isStorageId,
  type DocumentHead,
  type JsonObject,
  type StoredDocument,
} from '@roomkey/core';
import { damagedError } from './errors.js';

/** In characters. */
const MAX_SHOWN = 64;

/** Above any time in ms, and below the largest safe integer. */
const MAX_REVISION = 2 ** 52;

/** Name of the server's collection: another program may have a `users` of its own. */
export function collectionName(name: string): string {
  return `roomkey_${name}`;
}

/**
 * A document as stored on the server, one for each id. A removed document leaves a record without a
 * value for a day, so that its revisions are not reused and watches see the removal.
 */
export interface StoredRecord {
  readonly _id: string;
  /** One more with every write. */
  readonly revision: number;
  /** Random id of the write: shows whether a write whose answer was lost was done. */
  readonly write: string;
  /** A removed one: when it was removed. The server drops the record a day later. */
  readonly expiresAt?: Date;
  readonly removed?: true;
  /**
   * The value as JSON: BSON has no lone surrogates, servers differ in which keys and how much
   * nesting they take, and FerretDB refuses keys with `$` or a dot.
   */
  readonly value?: string;
}

/** A record without its value. */
export type RecordHead = Pick<StoredRecord, '_id' | 'revision' | 'expiresAt' | 'removed'>;

/** The content of a write. */
export type RecordContent = Pick<StoredRecord, 'value' | 'expiresAt' | 'removed'>;

/** Whether it is hidden from readers. */
export function isGone({ removed, expiresAt }: RecordHead, now = Date.now()): boolean {
  return removed === true || (expiresAt !== undefined && expiresAt.getTime() <= now);
}

/** The head of a record, for `ChangeEmitter`. */
export function toDocumentHead({ _id, revision, expiresAt }: RecordHead): DocumentHead {
  return { id: _id, revision, ...(expiresAt && { expiresAt: expiresAt.getTime() }) };
}

/**
 * The document of a record that is not gone, as the caller's own.
 *
 * @throws RoomkeyError `RK_STORAGE_DAMAGED`
 */
export function toDocument(collection: string, record: StoredRecord): StoredDocument {
  return { ...toDocumentHead(record), value: parse(record.value) ?? damaged(collection, record) };
}

/**
 * Checks a record from the server, where it may have been edited by hand.
 *
 * @throws RoomkeyError `RK_STORAGE_DAMAGED`
 */
export function checkHead<T extends RecordHead>(collection: string, record: T): T {
  return isHead(record) ? record : damaged(collection, record);
}

/** Whether a document from the server is a record, apart from its value. */
export function isHead(record: RecordHead): boolean {
  const { _id, revision, expiresAt } = record as Partial<Record<string, unknown>>;
  return (
    typeof _id === 'string' &&
    isStorageId(_id) &&
    Number.isSafeInteger(revision) &&
    Number(revision) > 0 &&
    Number(revision) < MAX_REVISION &&
    (expiresAt === undefined || expiresAt instanceof Date)
  );
}

/** Whether a document from the server is a record with a value, or a removed one. */
export function isRecord(record: StoredRecord): boolean {
  return isHead(record) && (record.removed === true || parse(record.value) !== undefined);
}

function parse(text: unknown): JsonObject | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function damaged(collection: string, record: { readonly _id?: unknown }): never {
  throw damagedError(collection, shownId(record));
}

/** An id for a message: it may be anything, of any length. */
export function shownId({ _id }: { readonly _id?: unknown }): string {
  const text = typeof _id === 'string' ? JSON.stringify(_id.slice(0, MAX_SHOWN)) : typeof _id;
  return text.replace(/[^ -~]/g, '?');
}
