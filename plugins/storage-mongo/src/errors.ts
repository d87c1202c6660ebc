import { RoomkeyError, type ErrorCode } from '@roomkey/core';

const PLUGIN = '@roomkey/storage-mongo';

/** How long a command may take, in ms; also the driver's own limits are no longer. */
export const LIMIT_MS = 2_500;

/** No answer within `LIMIT_MS`. */
export class NoAnswer extends Error {}

/** What the driver's errors may bear. Only `name`, `code` and `codeName` are fit to be shown. */
interface DriverError extends Error {
  readonly code?: number | string | null;
  readonly codeName?: string;
  /** Of a server selection: what is known of each server. */
  readonly reason?: { readonly servers?: ReadonlyMap<string, { readonly error?: Error | null }> };
}

/** The last two: of one connection that broke the driver concludes that the others did. */
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

/** Whether the server cannot tell of changes, or not this user. */
export function isNoChangeStream(error: unknown): boolean {
  // NotImplemented, the stage is for replica sets only, no such stage, no such command, no right.
  return codesOf(error).some((code) => [238, 40573, 40324, 59, 115, 13].includes(Number(code)));
}

/** `RK_CONFIG_INVALID` for a connection string that the driver does not understand. */
export function uriError(): RoomkeyError {
  return newError(
    'RK_CONFIG_INVALID',
    'The connection string in `uri` cannot be understood. Check its options, and write special characters in the user name and the password as %XX (an @ is %40).',
  );
}

/**
 * Why there is no store here: `RK_PLUGIN_UNAVAILABLE` where the server does not answer, so that
 * another may be used in its place, or `RK_CONFIG_INVALID` where it answers and refuses us.
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

/** `RK_STORAGE_IO` for a write of which nobody can say whether it was done. */
export function unknownOutcomeError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_IO',
    `The connection broke while ${collection}/${id} was written, and somebody else has written it since. Look at it before you try again.`,
  );
}

export function damagedError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_DAMAGED',
    `The document ${id} in the collection ${collection} was not written by Roomkey, or was changed by hand. It was left as it is; mend it or remove it with a MongoDB shell.`,
  );
}

/** `RK_STORAGE_IO` where the server says that an id is taken, and that it is free. */
export function refusedError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_IO',
    `MongoDB refuses the document ${id} of ${collection} although its id is free. Look for a unique index there that is not Roomkey's, and drop it.`,
  );
}

export function existsError(collection: string, id: string): RoomkeyError {
  return newError('RK_STORAGE_EXISTS', `${collection} has a document ${id} already.`);
}

export function conflictError(collection: string, id: string): RoomkeyError {
  return newError(
    'RK_STORAGE_CONFLICT',
    `The document ${id} of ${collection} was changed or removed meanwhile; read it again.`,
  );
}

export function closedError(): RoomkeyError {
  return newError('RK_CLOSED', 'The store was closed.');
}

/**
 * Without the driver's error as its cause, on purpose: what the driver and the server say can hold
 * the connection string, the user's name and stored documents.
 */
function newError(code: ErrorCode, message: string): RoomkeyError {
  return new RoomkeyError(code, message, { plugin: PLUGIN });
}

interface Reason {
  readonly text: string;
  /** Whether the configuration is wrong, and not the network or the server. */
  readonly isSetting?: true;
}

function reasonOf(error: unknown): Reason {
  const codes = codesOf(error);
  const has = (...wanted: readonly unknown[]) => codes.some((code) => wanted.includes(code));
  if (has(18, 8000)) {
    return {
      text: 'refuses the user name or the password of `uri`. Check both, and the `authSource` option.',
      isSetting: true,
    };
  }
  if (has(13)) {
    return {
      text: 'does not permit this user to do it. Give the user the role readWrite on the database.',
      isSetting: true,
    };
  }
  if (
    codes.some((code) =>
      /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(String(code)),
    )
  ) {
    return {
      text: 'has no TLS certificate that this machine trusts. Name its authority by the `tlsCAFile` option of `uri`.',
      isSetting: true,
    };
  }
  if (has('ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR') && !codes.some(isOfNetwork)) {
    return {
      text: 'cannot be asked: a file that `uri` names, as by `tlsCAFile`, cannot be read. Check its path.',
      isSetting: true,
    };
  }
  // A server that is not of the set is left out, and then none is left.
  if (error instanceof Error && (error as DriverError).reason?.servers?.size === 0) {
    return {
      text: 'is no member of the replica set that `replicaSet` of `uri` names. Correct it, or leave it out.',
      isSetting: true,
    };
  }
  if (has('ENOTFOUND', 'EAI_AGAIN', 'ENODATA')) {
    return { text: 'cannot be found: its name is not known. Check the name and the network.' };
  }
  if (has('ECONNREFUSED')) {
    return { text: 'does not take connections. Start it, or check its address.' };
  }
  if (has(10334, 'ERR_OUT_OF_RANGE') || codes.includes('MongoInvalidArgumentError')) {
    return { text: 'takes no document as large as this one: 16 MiB is the limit.' };
  }
  if (
    error instanceof NoAnswer ||
    codes.some((code) => /Timeout|Selection|TIMEDOUT/.test(String(code)))
  ) {
    return {
      text: 'did not answer in time. Check that it runs, the network, and whether `uri` must have, or must not have, `tls=true`.',
    };
  }
  return {
    text: `could not do it (${[...new Set(codes)].join(', ')}). Try again; if it stays so, look at the server’s log.`,
  };
}

function isOfNetwork(code: string | number): boolean {
  return /Network|Selection/.test(String(code));
}

/** The names and codes of an error and of all that it was made of. */
function codesOf(error: unknown): (string | number)[] {
  if (!(error instanceof Error)) return [];
  const { name, code, codeName, cause, reason } = error as DriverError;
  const servers = [...(reason?.servers?.values() ?? [])];
  const inner = [cause, ...servers.map((server) => server.error)];
  const several = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const own = [code, codeName, name].filter((each) => each !== undefined && each !== null);
  return [...own, ...[...inner, ...several].flatMap(codesOf)];
}
