import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { RoomkeyError } from '../errors/index.js';
import { nfc } from '../util/nfc.js';
import { concat, u32, u8, utf8 } from './bytes.js';
import { isIdentity } from './identity.js';
import { sha256 } from './kdf.js';

/** 0: open; 1: with a password. */
export type RoomMode = 0 | 1;

/** The parameters that a room's id commits to: its host and how its password is stretched. */
export interface RoomParameters {
  /** The host's Ed25519 public key, 32 bytes. */
  readonly host: Uint8Array;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly mode: RoomMode;
  /** PBKDF2 iterations: 0 in rooms without a password, else `MIN_ITERATIONS`…`MAX_ITERATIONS`. */
  readonly iterations: number;
}

/** OWASP's minimum for PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet, 2023). */
export const MIN_ITERATIONS = 600_000;
/** A hostile beacon with more could keep a guest computing for minutes. */
export const MAX_ITERATIONS = 5_000_000;

/** Creates the parameters of a new room. */
export function createRoomParameters(host: Uint8Array, mode: RoomMode): RoomParameters {
  const salt = new Uint8Array(randomBytes(16));
  return { host, salt, mode, iterations: mode === 0 ? 0 : MIN_ITERATIONS };
}

/** Whether the host is a valid identity and lengths and ranges are allowed. */
export function areRoomParametersValid(room: RoomParameters): boolean {
  if (!isIdentity(room.host) || room.salt.length !== 16) return false;
  return room.mode === 0
    ? room.iterations === 0
    : Number.isInteger(room.iterations) &&
        room.iterations >= MIN_ITERATIONS &&
        room.iterations <= MAX_ITERATIONS;
}

/** The room's id, 16 bytes. It commits to host and parameters, so that neither can be changed. */
export function roomId(room: RoomParameters): Uint8Array {
  const { host, salt, mode, iterations } = room;
  const digest = sha256(utf8('roomkey/1 room-id'), concat(host, salt, u8(mode), u32(iterations)));
  return digest.slice(0, 16);
}

/**
 * CPace's PRS: PBKDF2-HMAC-SHA256 of the password after `nfc`, 32 bytes. Takes about a second, off
 * the main thread. Called when a person enters or hosts the room, never in response to network
 * input.
 *
 * @throws RoomkeyError `RK_HANDSHAKE_VERSION` if the parameters are not those of a password room
 */
export async function derivePasswordSecret(
  password: string,
  room: RoomParameters,
): Promise<Uint8Array> {
  if (room.mode !== 1 || !areRoomParametersValid(room)) {
    throw new RoomkeyError(
      'RK_HANDSHAKE_VERSION',
      'This room was made by an incompatible version. Ask its owner to create it again.',
    );
  }
  const bytes = utf8(nfc(password));
  return new Uint8Array(await promisify(pbkdf2)(bytes, room.salt, room.iterations, 32, 'sha256'));
}
