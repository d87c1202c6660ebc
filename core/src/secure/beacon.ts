import { RoomkeyError } from '../errors/index.js';
import { ByteReader } from './byte-reader.js';
import { concat, equalBytes, lv, u16, u32, u64, u8, utf8 } from './bytes.js';
import { verifySignature, type Identity } from './identity.js';
import { areRoomParametersValid, roomId, type RoomParameters } from './room-parameters.js';

/** The longest beacon, bytes: fits every link's MTU with room to spare. */
export const MAX_BEACON_BYTES = 512;
/** The longest room name, bytes of UTF-8. */
export const MAX_ROOM_NAME_BYTES = 64;
/** The longest name of a host, bytes of UTF-8. */
export const MAX_HOST_NAME_BYTES = 32;

const MAGIC = utf8('RKB1');
const FORMAT = 1;
const FLAG_PASSWORD = 0x01;
const FLAG_FULL = 0x02;
const FLAG_FAREWELL = 0x80;
/** The length of a query's challenge, bytes. */
export const CHALLENGE_BYTES = 16;
/** What a beacon bears that answers nobody. */
const NO_CHALLENGE = new Uint8Array(CHALLENGE_BYTES);
/** Where the names begin. */
const FIXED_BYTES = 96 + CHALLENGE_BYTES;
const SIGNATURE_BYTES = 64;
const SIGNATURE_CONTEXT = utf8('roomkey/1 beacon');
/** What the fields hold; a `DataView` would cut off more in silence. */
const NUMBER_LIMITS = {
  epoch: Number.MAX_SAFE_INTEGER,
  sequence: 2 ** 32 - 1,
  port: 65_535,
  minVersion: 255,
  maxVersion: 255,
  capabilities: 2 ** 32 - 1,
};
/** A beacon with two names of one byte each. */
const MIN_BEACON_BYTES = FIXED_BYTES + 3 + 3 + SIGNATURE_BYTES;

/** What a live room says of itself (`docs/protocol.md`, Beacon). */
export interface Beacon {
  readonly room: RoomParameters;
  /** When announcing began: milliseconds since 1970. */
  readonly epoch: number;
  /** Grows with every beacon of an epoch, 0…2³²−1. */
  readonly sequence: number;
  /** Whether the room is no longer live. */
  readonly farewell: boolean;
  /** Whether a guest is in the room, so that nobody else is let in. */
  readonly full: boolean;
  /** What the query bore that this answers, 16 bytes, not all of them zero; absent: a broadcast. */
  readonly challenge?: Uint8Array | undefined;
  /** The TCP port on which the host takes guests, 1…65,535. */
  readonly port: number;
  /** The lowest protocol version that the host speaks, 1…255. */
  readonly minVersion: number;
  /** The highest, `minVersion`…255. */
  readonly maxVersion: number;
  /** A bit field, 0…2³²−1. */
  readonly capabilities: number;
  /** 1…64 bytes of UTF-8, as the host sent it: show it through `displayName`. */
  readonly roomName: string;
  /** 1…32 bytes of UTF-8, as the host sent it: show it through `displayName`. */
  readonly hostName: string;
}

/** A well-formed beacon whose signature nobody has checked yet. */
export interface ParsedBeacon extends Beacon {
  /** 16 bytes, computed from the parameters and found equal to what the beacon says. */
  readonly roomId: Uint8Array;
  /** Checks the signature, the one expensive check: about 0.1 ms. */
  isSignedByHost(): boolean;
}

function invalid(reason: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_BEACON_INVALID',
    `A beacon was dropped: ${reason}. Nothing to do, unless your partner’s room does not show up; then bring both sides to the same version of Roomkey.`,
    { cause },
  );
}

/**
 * Makes a beacon, signed by the room's host.
 *
 * @param identity the host's
 * @returns 182…276 bytes
 * @throws RoomkeyError `RK_BEACON_INVALID` where a field is out of its range.
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
  if (challenge.length !== CHALLENGE_BYTES) throw invalid('its challenge has another length');
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
    u32(beacon.capabilities),
    challenge,
    lv(roomName),
    lv(hostName),
  );
  const bytes = concat(signed, identity.sign(concat(SIGNATURE_CONTEXT, signed)));
  // One set of rules for both directions: nobody sends what nobody would take.
  decodeBeacon(bytes);
  return bytes;
}

/** Whether length and first bytes are a beacon's: the check that costs nothing. */
export function looksLikeBeacon(bytes: Uint8Array): boolean {
  return (
    bytes.length >= MIN_BEACON_BYTES &&
    bytes.length <= MAX_BEACON_BYTES &&
    MAGIC.every((byte, index) => bytes[index] === byte)
  );
}

/**
 * Checks all of a beacon but its signature, so that what a caller knows of the room can be compared
 * before that is paid for. Copies what it keeps.
 *
 * @throws RoomkeyError `RK_BEACON_INVALID`
 */
export function parseBeacon(bytes: Uint8Array): ParsedBeacon {
  if (!looksLikeBeacon(bytes)) throw invalid('it has another length or beginning');
  try {
    return readFields(bytes);
  } catch (error) {
    if (error instanceof RoomkeyError) throw error;
    throw invalid('its fields do not add up', error);
  }
}

/**
 * Checks a beacon in full.
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
  if (reader.u8() !== FORMAT) throw invalid('it has a format of another version');
  // Flags that this version does not know are for later ones to use.
  const flags = reader.u8();
  if (reader.u16() !== bytes.length) throw invalid('it says another length than it has');
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
  const capabilities = reader.u32();
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
    throw invalid('its room id does not name its host and parameters');
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
    capabilities,
    roomName,
    hostName,
    isSignedByHost: () => verifySignature(room.host, signed, signature),
  };
}

function readName(reader: ByteReader, maxBytes: number): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(reader.lv(1, maxBytes));
}
