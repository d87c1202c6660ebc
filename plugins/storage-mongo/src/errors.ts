import { RoomkeyError, type ErrorCode } from '@roomkey/core';
import { ESCAPES } from './connection-string.js';
import { codesOf, reasonOf } from './failure-reason.js';

const PLUGIN = '@roomkey/storage-mongo';

/** Time limit of a command, in ms; the driver's own limits are not longer. */
export const LIMIT_MS = 2_500;

/** The last two: after one broken connection, the driver drops all others. */
const LOST = new Set([
  'MongoNetworkError',
  'MongoPoolClearedError',
  'MongoPoolClearedOnNetworkError',
]);

/** Whether the server refused an insert because the id is taken. */
export function isDuplicate(error: unknown): boolean {
  return codesOf(error).includes(11000);
}

/** Whether the connection broke before the answer came. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && LOST.has(error.name);
}

/** Whether the server answered that it does not do this, or not for this user. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongoServerError';
}

/** Whether change streams are unavailable on the server, or to this user. */
export function isNoChangeStream(error: unknown): boolean {
  // NotImplemented, the stage is for replica sets only, no such stage, no such command, no right.
  return codesOf(error).some((code) => [238, 40573, 40324, 59, 115, 13].includes(Number(code)));
}

/** `RK_CONFIG_INVALID` for a connection string that the driver does not understand. */
export function uriError(): RoomkeyError {
  return newError(
    'RK_CONFIG_INVALID',
    `The connection string in \`uri\` cannot be understood. Check its options, and write special characters in the user name and the password as %XX (${ESCAPES}).`,
  );
}

/**
 * Why the store cannot be opened: `RK_PLUGIN_UNAVAILABLE` if the server does not answer, so that
 * another store can stand in, or `RK_CONFIG_INVALID` if it refuses the connection.
 */
export function connectError(hosts: string, error: unknown): RoomkeyError {
  const reason = reasonOf(error);
  const code = reason.isSetting ? 'RK_CONFIG_INVALID' : 'RK_PLUGIN_UNAVAILABLE';
  return newError(code, `MongoDB at ${hosts} ${reason.text}`);
}

/** `RK_STORAGE_IO` for anything that fails later. */
export function ioError(hosts: string, error: unknown): RoomkeyError {
  return newError('RK_STORAGE_IO', `MongoDB at ${hosts} ${reasonOf(error).text}`);
}

/** `RK_STORAGE_IO` for a write with an unknown outcome. */
export function unknownOutcomeError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_IO',
    `The connection broke while ${collection}/${id} was written, and another writer has changed it since. Check it before you try again.`,
  );
}

export function damagedError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_DAMAGED',
    `The document ${id} in the collection ${collection} was not written by Roomkey, or was changed by hand. It was not changed; fix or remove it with a MongoDB shell.`,
  );
}

/** `RK_STORAGE_IO` if the server refuses an id as taken although it is free. */
export function refusedError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_IO',
    `MongoDB refuses the document ${id} of ${collection} although its id is free. Look for a unique index there that is not Roomkey's, and drop it.`,
  );
}

export function existsError(collection: string, id: string): RoomkeyError {
  return newError('RK_STORAGE_EXISTS', `${collection} already has a document ${id}.`);
}

export function conflictError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_CONFLICT',
    `The document ${id} of ${collection} was changed or removed in the meantime; read it again.`,
  );
}

export function closedError(): RoomkeyError {
  return newError('RK_CLOSED', 'The store was closed.');
}

/**
 * Omits the driver's error as its cause on purpose: messages of the driver and the server can contain
 * the connection string, the user name and stored documents.
 */
function newError(code: ErrorCode, message: string): RoomkeyError {
  return new RoomkeyError(code, message, { plugin: PLUGIN });
}
