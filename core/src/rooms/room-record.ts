import { z } from 'zod';
import type { JsonObject, StoredDocument } from '../contracts/storage.js';
import { RoomkeyError } from '../errors/index.js';
import { nameKey } from '../people/names.js';
import { MAX_HOST_NAME_BYTES, MAX_ROOM_NAME_BYTES } from '../secure/beacon.js';
import { concat, fromHex, lv, toHex, utf8 } from '../secure/bytes.js';
import { verifySignature, type Identity } from '../secure/identity.js';
import { areRoomParametersValid, roomId, type RoomParameters } from '../secure/room-parameters.js';
import {
  displayName,
  firstUnassignedCharacter,
  firstInvisibleCharacter,
} from '../util/display-name.js';
import { nfc } from '../util/nfc.js';

/** A room as its owner stored it. */
export interface RoomRecord {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly parameters: RoomParameters;
  readonly name: string;
  readonly ownerName: string;
}

const LABEL = utf8('roomkey/1 room');
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

const recordSchema = z.strictObject({
  version: z.literal(1),
  // No more characters than bytes are allowed: what is longer is not looked at.
  name: z.string().max(MAX_ROOM_NAME_BYTES),
  ownerName: z.string().max(MAX_HOST_NAME_BYTES),
  host: hex(32),
  salt: hex(16),
  mode: z.literal([0, 1]),
  iterations: z.int(),
  signature: hex(64),
});

/**
 * A room name as it is stored and shown: Unicode NFC, without spaces around.
 *
 * @throws RoomkeyError `RK_ROOM_NAME_INVALID` where it is empty, longer than 64 UTF-8 bytes, or bears
 * characters that cannot be seen or are not assigned in Unicode.
 */
export function normalizeRoomName(name: string): string {
  const normal = nfc(name).trim();
  const fault = roomNameFault(normal);
  if (fault === undefined) return normal;
  throw new RoomkeyError(
    'RK_ROOM_NAME_INVALID',
    `The room name ${fault}. Choose another, of 1 to ${MAX_ROOM_NAME_BYTES} bytes.`,
  );
}

/** What is wrong with the name of a new room, as the end of a sentence. */
function roomNameFault(name: string): string | undefined {
  if (nameKey(name) === nameKey('')) return 'is empty';
  const bytes = utf8(name).length;
  if (bytes > MAX_ROOM_NAME_BYTES) {
    return `takes ${bytes} bytes, and ${MAX_ROOM_NAME_BYTES} are allowed`;
  }
  const unseen = firstInvisibleCharacter(name);
  if (unseen !== undefined) return `has a character that cannot be seen (${unseen})`;
  const unassigned = firstUnassignedCharacter(name);
  if (unassigned !== undefined) return `has a character that has no meaning yet (${unassigned})`;
  return displayName(name) === name ? undefined : 'has several spaces in a row';
}

/**
 * The stored form of a room. The id binds host and parameters; the owner's signature binds the names,
 * so that other users of the store cannot rename a room. Nothing in it is derived from the room's
 * password.
 */
export function encodeRoomRecord(room: RoomRecord, owner: Identity): JsonObject {
  const { host, salt, mode, iterations } = room.parameters;
  return {
    version: 1,
    name: room.name,
    ownerName: room.ownerName,
    host: toHex(host),
    salt: toHex(salt),
    mode,
    iterations,
    signature: toHex(owner.sign(signedPart(room))),
  };
}

/**
 * The name of a document and the host's public key in hexadecimal digits, not verified; both empty if
 * it cannot be a room.
 */
export function unverifiedFields({ value }: StoredDocument): {
  readonly name: string;
  readonly host: string;
} {
  const { name, host } = value;
  const isOne = typeof name === 'string' && name.length <= MAX_ROOM_NAME_BYTES;
  return isOne && typeof host === 'string' ? { name, host } : { name: '', host: '' };
}

/** @returns `undefined` if the document is not a room signed by its owner */
export function decodeRoomRecord({ id, value }: StoredDocument): RoomRecord | undefined {
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { name, ownerName, mode, iterations, host, salt, signature } = parsed.data;
  const parameters = { host: fromHex(host), salt: fromHex(salt), mode, iterations };
  const room = { id, parameters, name, ownerName };
  const isOwners = (): boolean =>
    verifySignature(parameters.host, signedPart(room), fromHex(signature));
  return isRoomRecord(room) && isOwners() ? room : undefined;
}

/** Whether its id is that of its parameters, and its names can be shown. */
export function isRoomRecord({ id, parameters, name, ownerName }: RoomRecord): boolean {
  return (
    areRoomParametersValid(parameters) &&
    toHex(roomId(parameters)) === id &&
    isNameOf(MAX_ROOM_NAME_BYTES, name) &&
    isNameOf(MAX_HOST_NAME_BYTES, ownerName)
  );
}

function isNameOf(maxBytes: number, name: string): boolean {
  return name !== '' && utf8(name).length <= maxBytes && displayName(name) === name;
}

function signedPart({ id, name, ownerName }: RoomRecord): Uint8Array {
  return concat(LABEL, fromHex(id), lv(utf8(name)), lv(utf8(ownerName)));
}
