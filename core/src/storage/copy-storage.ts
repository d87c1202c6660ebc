import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, OperationOptions, Storage, StoredDocument } from '../contracts/index.js';
import { hasCode } from '../errors/index.js';
import { isAccount } from '../people/index.js';
import { decodeRoomRecord } from '../rooms/room-record.js';

/** Endpoints are not copied: they are short-lived, and their hosts rewrite them. */
const COPIED_COLLECTIONS = ['users', 'rooms'] as const;

/** How many documents are written side by side. */
const WRITES_AT_ONCE = 64;

/** Fields of an account that a comparison ignores: its failed sign-ins. */
const TRANSIENT_FIELDS = new Set(['failures', 'lockedUntil']);

/** Validates documents, since other programs may write anything to a store. */
const isValid: Record<CopiedCollection['collection'], (document: StoredDocument) => boolean> = {
  users: isAccount,
  rooms: (document) => decodeRoomRecord(document) !== undefined,
};

/** What was copied of a collection. */
export interface CopiedCollection {
  readonly collection: (typeof COPIED_COLLECTIONS)[number];
  /** How many documents the source has. */
  readonly total: number;
  readonly copied: number;
  /** How many were there already, the same. */
  readonly unchanged: number;
  /** The ids of those that are there and say something else; they were left as they are. */
  readonly different: readonly string[];
  /** The ids of those that cannot be understood in the source; they were left there. */
  readonly damaged: readonly string[];
}

/** What `copyStorage` takes beside the stores. */
export interface CopyStorageOptions extends OperationOptions {
  /** Called after each batch. */
  readonly onProgress?: (collection: string, done: number, total: number) => void;
}

/**
 * Copies accounts and rooms from one store to another. Writes only missing documents and overwrites or
 * removes none, so it can be aborted and repeated, and run in both directions.
 *
 * @throws RoomkeyError the stores'; what was copied until then stays
 */
export async function copyStorage(
  from: Storage,
  to: Storage,
  options: CopyStorageOptions = {},
): Promise<CopiedCollection[]> {
  const results: CopiedCollection[] = [];
  for (const collection of COPIED_COLLECTIONS) {
    results.push(await copyCollection(from, to, collection, options));
  }
  return results;
}

type Outcome = 'copied' | 'unchanged' | 'different' | 'damaged';

async function copyCollection(
  from: Storage,
  to: Storage,
  collection: CopiedCollection['collection'],
  { onProgress, ...options }: CopyStorageOptions,
): Promise<CopiedCollection> {
  const documents = await from.list(collection, options);
  const counts: Record<Outcome, string[]> = {
    copied: [],
    unchanged: [],
    different: [],
    damaged: [],
  };
  for (let start = 0; start < documents.length; start += WRITES_AT_ONCE) {
    const part = documents.slice(start, start + WRITES_AT_ONCE);
    const outcomes = await Promise.all(
      part.map(async (document) => copyDocument(to, collection, document, options)),
    );
    outcomes.forEach((outcome, index) => counts[outcome].push(part[index]?.id ?? ''));
    onProgress?.(collection, start + part.length, documents.length);
  }
  return {
    collection,
    total: documents.length,
    copied: counts.copied.length,
    unchanged: counts.unchanged.length,
    different: counts.different,
    damaged: counts.damaged,
  };
}

async function copyDocument(
  to: Storage,
  collection: CopiedCollection['collection'],
  document: StoredDocument,
  options: OperationOptions,
): Promise<Outcome> {
  if (!isValid[collection](document)) return 'damaged';
  const { id, value, expiresAt } = document;
  const write = expiresAt === undefined ? options : { ...options, expiresAt };
  const there = await to.get(collection, id, options);
  if (there !== undefined) return compare(there.value, value);
  try {
    await to.insert(collection, id, value, write);
    return 'copied';
  } catch (error) {
    if (!hasCode(error, 'RK_STORAGE_EXISTS')) throw error;
    // Written concurrently, perhaps by another copy.
    const written = await to.get(collection, id, options);
    return compare(written?.value, value);
  }
}

function compare(there: JsonObject | undefined, value: JsonObject): Outcome {
  return there !== undefined && isDeepStrictEqual(withoutTransient(there), withoutTransient(value))
    ? 'unchanged'
    : 'different';
}

function withoutTransient(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !TRANSIENT_FIELDS.has(key)));
}
