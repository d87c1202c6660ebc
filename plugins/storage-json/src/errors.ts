import { hasErrno, RoomkeyError, systemReason } from '@roomkey/core';
import type { CorruptFileError } from './codec.js';

const PLUGIN = '@roomkey/storage-json';

/** `RK_STORAGE_IO` with what to do next. */
export function ioError(path: string, cause: unknown): RoomkeyError {
  return new RoomkeyError('RK_STORAGE_IO', `${path}: ${advice(cause)}`, { cause, plugin: PLUGIN });
}

/** `RK_STORAGE_IO` for a lock that somebody else does not give back. */
export function lockedError(path: string, pid: number | undefined): RoomkeyError {
  const owner = pid === undefined ? 'somebody' : `process ${pid}`;
  return new RoomkeyError(
    'RK_STORAGE_IO',
    `${path} is held by ${owner} and was not given back in time. Try again; if no other Roomkey uses this folder, remove the file.`,
    { plugin: PLUGIN },
  );
}

/** `RK_STORAGE_IO` for a folder or a pipe where a file should be. */
export function notAFileError(path: string): RoomkeyError {
  return new RoomkeyError('RK_STORAGE_IO', `${path} is not a file. Move it away.`, {
    plugin: PLUGIN,
  });
}

/** `RK_STORAGE_DAMAGED` for a file that was left where it is. */
export function damagedError(path: string, damage: CorruptFileError): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `${path}, line ${damage.line}: ${damage.message}. The file was left as it is; mend that line.`,
    { plugin: PLUGIN },
  );
}

/** `RK_STORAGE_DAMAGED` for a file that should have been kept aside. @param damaged as `damagedError` gives it */
export function notQuarantinedError(damaged: Error, cause: unknown): RoomkeyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `${damaged.message} Nothing of it can be used until then, since it could not be kept aside: ${reason}`,
    { cause, plugin: PLUGIN },
  );
}

/** `RK_STORAGE_DAMAGED` for a file that was kept aside. */
export function quarantinedError(
  path: string,
  damage: CorruptFileError,
  aside: string,
): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `${path}, line ${damage.line}: ${damage.message}. The file was kept aside as ${aside}, and Roomkey goes on with an empty one. To have its documents again, mend that line there, end every Roomkey that uses the folder, and give the file its name back.`,
    { plugin: PLUGIN },
  );
}

export function existsError(collection: string, id: string): RoomkeyError {
  return new RoomkeyError('RK_STORAGE_EXISTS', `${collection} has a document ${id} already.`, {
    plugin: PLUGIN,
  });
}

export function conflictError(collection: string, id: string): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_CONFLICT',
    `The document ${id} of ${collection} was changed or removed meanwhile; read it again.`,
    { plugin: PLUGIN },
  );
}

function advice(cause: unknown): string {
  if (hasErrno(cause, 'ENOSPC', 'EDQUOT')) {
    return 'the disk is full. Make room and try again; what was stored before is still there.';
  }
  if (hasErrno(cause, 'EBUSY')) {
    return 'another program has it open. Close that program, and try again; what was stored before is still there.';
  }
  if (hasErrno(cause, 'EACCES', 'EPERM', 'EROFS')) {
    // Windows says the same of a file that another program has open.
    const close = process.platform === 'win32' ? ' Close other programs that have it open.' : '';
    return `not permitted. Make the folder and its files yours and writable, or choose another \`folder\` in the configuration of @roomkey/storage-json.${close}`;
  }
  if (hasErrno(cause, 'ELOOP')) {
    return 'its links lead in a circle. Remove the link, or let it lead to a file.';
  }
  return `cannot be read or written: ${systemReason(cause)}.`;
}
