import { hasErrno, RoomkeyError, systemReason } from '@roomkey/core';
import type { CorruptFileError } from './codec.js';

const PLUGIN = '@roomkey/storage-json';

/** `RK_STORAGE_IO` with what to do next. */
export function ioError(path: string, cause: unknown): RoomkeyError {
  return new RoomkeyError('RK_STORAGE_IO', `${path}: ${advice(cause)}`, { cause, plugin: PLUGIN });
}

/** `RK_STORAGE_IO` for a lock that its owner does not release. */
export function lockedError(path: string, pid: number | undefined): RoomkeyError {
  const owner = pid === undefined ? 'an unknown process' : `process ${pid}`;
  return new RoomkeyError(
    'RK_STORAGE_IO',
    `${path} is held by ${owner} and was not released in time. Try again; if no other Roomkey uses this folder, remove the file.`,
    { plugin: PLUGIN },
  );
}

/** `RK_STORAGE_IO` for a folder or a pipe where a file should be. */
export function notAFileError(path: string): RoomkeyError {
  return new RoomkeyError('RK_STORAGE_IO', `${path} is not a file. Move it away.`, {
    plugin: PLUGIN,
  });
}

/** `RK_STORAGE_DAMAGED` for a file that was not moved. */
export function damagedError(path: string, damage: CorruptFileError): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `${path}, line ${damage.line}: ${damage.message}. The file was not changed; fix that line.`,
    { plugin: PLUGIN },
  );
}

/** `RK_STORAGE_DAMAGED` for a file that should have been kept aside. @param damaged as `damagedError` gives it */
export function notQuarantinedError(damaged: Error, cause: unknown): RoomkeyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RoomkeyError(
    'RK_STORAGE_DAMAGED',
    `${damaged.message} Until then it cannot be used, since it could not be kept aside: ${reason}`,
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
    `${path}, line ${damage.line}: ${damage.message}. The file was kept aside as ${aside}, and Roomkey continues with an empty one. To restore its documents, fix that line there, quit every Roomkey that uses the folder, and rename the file back.`,
    { plugin: PLUGIN },
  );
}

export function existsError(collection: string, id: string): RoomkeyError {
  return new RoomkeyError('RK_STORAGE_EXISTS', `${collection} already has a document ${id}.`, {
    plugin: PLUGIN,
  });
}

export function conflictError(collection: string, id: string): RoomkeyError {
  return new RoomkeyError(
    'RK_STORAGE_CONFLICT',
    `The document ${id} of ${collection} was changed or removed in the meantime; read it again.`,
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
    // Windows reports the same for a file that another program has open.
    const close = process.platform === 'win32' ? ' Close other programs that have it open.' : '';
    return `not permitted. Make the folder and its files yours and writable, or choose another \`folder\` in the configuration of @roomkey/storage-json.${close}`;
  }
  if (hasErrno(cause, 'ELOOP')) {
    return 'its links form a loop. Remove the link, or point it to a file.';
  }
  return `cannot be read or written: ${systemReason(cause)}.`;
}
