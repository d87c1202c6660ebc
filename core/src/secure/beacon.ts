import { RoomkeyError } from '../errors/index.js';
import { ByteReader } from './byte-reader.js';
import { concat, equalBytes, lv, u16, u32, u64, u8, utf8 } from './bytes.js';
import { verifySignature, type Identity } from './identity.js';
import { areRoomParametersValid, roomId, type RoomParameters } from './room-parameters.js';

/** Longest beacon, bytes; fits the MTU of every link. */
export const MAX_BEACON_BYTES = 512;
/** Longest room name, bytes of UTF-8. */
export const MAX_ROOM_NAME_BYTES = 64;
/** Longest host name, bytes of UTF-8. */
export const MAX_HOST_NAME_BYTES = 32;

const MAGIC = utf8('RKB1');
const FORMAT = 1;
const FLAG_PASSWORD = 0x01;
const FLAG_FULL = 0x02;
const FLAG_FAREWELL = 0x80;
/** Length of a query's challenge, bytes. */
export const CHALLENGE_BYTES = 16;
/** Challenge field of a broadcast beacon. */
const NO_CHALLENGE = new Uint8Array(CHALLENGE_BYTES);
/** Where the names begin. */
const FIXED_BYTES = 92 + CHALLENGE_BYTES;
const SIGNATURE_BYTES = 64;
const SIGNATURE_CONTEXT = utf8('roomkey/1 beacon');
/** Maximum of each field; a `DataView` would truncate silently. */
const NUMBER_LIMITS = {
  epoch: Number.MAX_SAFE_INTEGER,
  sequence: 2 ** 32 - 1,
  port: 65_535,
  minVersion: 255,
  maxVersion: 255,
};
/** A beacon whose names have one byte each. */
const MIN_BEACON_BYTES = FIXED_BYTES + 3 + 3 + SIGNATURE_BYTES;

/** The announcement of a live room (`docs/protocol.md`, Beacon). */
export interface Beacon {
  readonly room: RoomParameters;
  /** When announcing started: milliseconds since 1970. */
  readonly epoch: number;
  /** Grows with every beacon of an epoch, 0…2³²−1. */
  readonly sequence: number;
  /** Whether the room is closing. */
  readonly farewell: boolean;
  /** Whether a guest is in the room, so that no other guest is let in. */
  readonly full: boolean;
  /**
   * The challenge of the query that this answers: 16 bytes, not all zero. Absent in a broadcast.
   */
  readonly challenge?: Uint8Array | undefined;
  /** TCP port on which the host accepts guests, 1…65,535. */
  readonly port: number;
  /** Lowest protocol version that the host supports, 1…255. */
  readonly minVersion: number;
  /** Highest one, `minVersion`…255. */
  readonly maxVersion: number;
  /** 1…64 bytes of UTF-8, as the host sent it: show it through `displayName`. */
  readonly roomName: string;
  /** 1…32 bytes of UTF-8, as received: pass it through `displayName` before showing it. */
  readonly hostName: string;
}

/** A well-formed beacon whose signature is not checked yet. */
export interface ParsedBeacon extends Beacon {
  /** 16 bytes; computed from the parameters and equal to the received id. */
  readonly roomId: Uint8Array;
  /** Checks the signature, the only expensive check: about 0.1 ms. */
  isSignedByHost(): boolean;
}

function invalid(reason: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_BEACON_INVALID',
    `A beacon was dropped: ${reason}. If your partner’s room does not show up, update Roomkey on both sides.`,
    { cause },
  );
}

/**
 * Encodes and signs a beacon.
 *
 * @param identity the host's
 * @returns 178…272 bytes
 * @throws RoomkeyError `RK_BEACON_INVALID` if a field is out of range
 */
export function encodeBeacon(beacon: Beacon, identity: Identity): Uint8Array {
  const { room } = beacon;
  for (const [field, max] of Object.entries(NUMBER_LIMITS)) {
    const value = beacon[field as keyof typeof NUMBER_LIMITS];
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw invalid(`its ${field} is out of range`);
    }
  }
  const { challenge = NO_CHALLENGE } = beacon;
  if (challenge.length !== CHALLENGE_BYTES) throw invalid('its challenge has the wrong length');
  const roomName = utf8(beacon.roomName);
  const hostName = utf8(beacon.hostName);
  const total = FIXED_BYTES + 2 + roomName.length + 2 + hostName.length + SIGNATURE_BYTES;
  const signed = concat(
    MAGIC,
    u8(FORMAT),
    u8(
      (room.mode === 1 ? FLAG_PASSWORD : 0) |
        (beacon.full ? FLAG_FULL : 0) |
        (beacon.farewell ? FLAG_FAREWELL : 0),
    ),
    u16(total),
    roomId(room),
    u64(beacon.epoch),
    u32(beacon.sequence),
    room.host,
    room.salt,
    u32(room.iterations),
    u16(beacon.port),
    u8(beacon.minVersion),
    u8(beacon.maxVersion),
    challenge,
    lv(roomName),
    lv(hostName),
  );
  const bytes = concat(signed, identity.sign(concat(SIGNATURE_CONTEXT, signed)));
  // The same rules hold for both directions: what no receiver accepts is not sent.
  decodeBeacon(bytes);
  return bytes;
}

/** Cheap pre-check of length and magic bytes. */
export function looksLikeBeacon(bytes: Uint8Array): boolean {
  return (
    bytes.length >= MIN_BEACON_BYTES &&
    bytes.length <= MAX_BEACON_BYTES &&
    MAGIC.every((byte, index) => bytes[index] === byte)
  );
}

/**
 * Checks everything except the signature, so that the caller can compare the room before paying for
 * the signature check. Copies what it keeps.
 *
 * @throws RoomkeyError `RK_BEACON_INVALID`
 */
export function parseBeacon(bytes: Uint8Array): ParsedBeacon {
  if (!looksLikeBeacon(bytes)) throw invalid('its length or first bytes are wrong');
  try {
    return readFields(bytes);
  } catch (error) {
    if (error instanceof RoomkeyError) throw error;
    throw invalid('it is malformed', error);
  }
}

/**
 * Parses a beacon and checks its signature.
 *
 * @throws RoomkeyError `RK_BEACON_INVALID`
 */
export function decodeBeacon(bytes: Uint8Array): ParsedBeacon {
  const beacon = parseBeacon(bytes);
  if (!beacon.isSignedByHost()) throw invalid('its host did not sign it');
  return beacon;
}

function readFields(bytes: Uint8Array): ParsedBeacon {
  const reader = new ByteReader(bytes);
  reader.bytes(MAGIC.length);
  if (reader.u8() !== FORMAT) throw invalid('its format version is unknown');
  // Unknown flags are ignored: later versions may use them.
  const flags = reader.u8();
  if (reader.u16() !== bytes.length) throw invalid('its length field is wrong');
  const claimedId = reader.bytes(16);
  const epoch = reader.u32() * 2 ** 32 + reader.u32();
  const sequence = reader.u32();
  const room: RoomParameters = {
    host: reader.bytes(32),
    salt: reader.bytes(16),
    mode: (flags & FLAG_PASSWORD) === 0 ? 0 : 1,
    iterations: reader.u32(),
  };
  const port = reader.u16();
  const minVersion = reader.u8();
  const maxVersion = reader.u8();
  const challenge = reader.bytes(CHALLENGE_BYTES);
  const roomName = readName(reader, MAX_ROOM_NAME_BYTES);
  const hostName = readName(reader, MAX_HOST_NAME_BYTES);
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();

  if (!Number.isSafeInteger(epoch)) throw invalid('its epoch is out of range');
  if (port === 0) throw invalid('it names no port');
  if (minVersion === 0 || minVersion > maxVersion) throw invalid('its versions are out of range');
  if (!areRoomParametersValid(room)) throw invalid('its PBKDF2 iterations are out of range');
  if (!equalBytes(roomId(room), claimedId)) {
    throw invalid('its room id does not match its host and parameters');
  }
  const signed = concat(SIGNATURE_CONTEXT, bytes.subarray(0, bytes.length - SIGNATURE_BYTES));
  return {
    room,
    roomId: claimedId,
    epoch,
    sequence,
    farewell: (flags & FLAG_FAREWELL) !== 0,
    full: (flags & FLAG_FULL) !== 0,
    challenge: equalBytes(challenge, NO_CHALLENGE) ? undefined : challenge,
    port,
    minVersion,
    maxVersion,
    roomName,
    hostName,
    isSignedByHost: () => verifySignature(room.host, signed, signature),
  };
}

function readName(reader: ByteReader, maxBytes: number): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(reader.lv(1, maxBytes));
}
