import { RoomkeyError } from '../errors/index.js';
import type { RoomMode } from './room-parameters.js';

/**
 * The single error of a failed handshake. The reason stays in `cause`, for developers: to the other
 * side a wrong password, a bad signature and a low-order point must look the same.
 *
 * @param mode of the room; the sentence names the password only if there is one
 */
export function handshakeFailed(mode: RoomMode, cause?: unknown): RoomkeyError {
  const check =
    mode === 1 ? 'the password and that it is the right room' : 'that it is the right room';
  return new RoomkeyError(
    'RK_HANDSHAKE_FAILED',
    `The other side could not be verified. Check ${check}, then try again. If it keeps failing, someone may be in between.`,
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

/** The host does not answer now: it has too many callers, or pauses after wrong passwords. */
export function handshakeBusy(mode: RoomMode): RoomkeyError {
  const reason = mode === 1 ? ', or too many wrong passwords were entered' : '';
  return new RoomkeyError(
    'RK_HANDSHAKE_BUSY',
    `Too many people are trying to join${reason}. Try again in a moment.`,
  );
}

/** Turns any error into a handshake error. */
export function asHandshakeError(error: unknown, mode: RoomMode): RoomkeyError {
  return error instanceof RoomkeyError && error.code.startsWith('RK_HANDSHAKE_')
    ? error
    : handshakeFailed(mode, error);
}
