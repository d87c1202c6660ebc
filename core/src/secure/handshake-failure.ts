import { RoomkeyError } from '../errors/index.js';

/**
 * The one failure of the handshake. What did not fit stays in `cause`, for a developer: a wrong
 * password, a bad signature and a point of low order are the same to whoever is on the other side.
 */
export function handshakeFailed(cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_HANDSHAKE_FAILED',
    'The other side could not be verified. Check the password and that it is the right room, then try again; if it goes on failing, somebody may be in between.',
    { cause },
  );
}

/** The two sides have nothing in common. */
export function handshakeVersion(what: string): RoomkeyError {
  return new RoomkeyError(
    'RK_HANDSHAKE_VERSION',
    `The two sides have no ${what} in common. Update Roomkey on both.`,
  );
}

/** Runs a step; whatever it throws comes out as a handshake error. */
export function asHandshakeError(error: unknown): RoomkeyError {
  return error instanceof RoomkeyError && error.code.startsWith('RK_HANDSHAKE_')
    ? error
    : handshakeFailed(error);
}
