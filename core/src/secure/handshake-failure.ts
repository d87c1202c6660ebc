import { RoomkeyError } from '../errors/index.js';

/**
 * The single error of a failed handshake. The reason stays in `cause`, for developers: to the other
 * side a wrong password, a bad signature and a low-order point must look the same.
 */
export function handshakeFailed(cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_HANDSHAKE_FAILED',
    'The other side could not be verified. Check the password and that it is the right room, then try again. If it keeps failing, someone may be in between.',
    { cause },
  );
}

/** The two sides have no common `what`. */
export function handshakeVersion(what: string): RoomkeyError {
  return new RoomkeyError(
    'RK_HANDSHAKE_VERSION',
    `The two sides have no ${what} in common. Update Roomkey on both.`,
  );
}

/** Turns any error into a handshake error. */
export function asHandshakeError(error: unknown): RoomkeyError {
  return error instanceof RoomkeyError && error.code.startsWith('RK_HANDSHAKE_')
    ? error
    : handshakeFailed(error);
}
