import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Cipher } from '../contracts/cipher.js';
import type { TransportAddress } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import { ByteReader } from './byte-reader.js';
import { concat, lv, u16, u64, u8, utf8 } from './bytes.js';
import { verifySignature, type Identity } from './identity.js';
import { hkdfExpand, hkdfExtract } from './kdf.js';
import { roomId, type RoomParameters } from './room-parameters.js';

/** Maximum number of addresses in a record; a machine may have several interfaces. */
export const MAX_ENDPOINT_ADDRESSES = 16;

const FORMAT = 1;
const SUITE_AES_256_GCM = 1;
const LABEL = utf8('roomkey/1 endpoint');
const SALT_BYTES = 16;
const SIGNATURE_BYTES = 64;
const MAX_HOST_BYTES = 64;

/** Where the host of a live room accepts guests. It is stored for guests that receive no beacon. */
export interface Endpoint {
  /** 1…16, most likely first. */
  readonly addresses: readonly TransportAddress[];
  /** Increases with every record of a room: milliseconds since 1970, or the last value plus one. */
  readonly revision: number;
  /** Milliseconds since 1970 on the host's clock. */
  readonly expiresAt: number;
}

/** Key and cipher for the records of one directory. */
export interface EndpointSeal {
  /** 32 bytes, shared by everyone who shares the store, and never stored in it. */
  readonly directoryKey: Uint8Array;
  /** Must be AES-256-GCM, suite 1: `storageCipher`. */
  readonly cipher: Cipher;
}

/**
 * Seals and signs an endpoint (`docs/protocol.md`, Endpoints).
 *
 * @param identity of the room's host
 * @param salt 16 bytes, never reused; passed in tests only
 * @throws RoomkeyError `RK_ENDPOINT_INVALID` if a field is out of range
 */
export function sealEndpoint(
  endpoint: Endpoint,
  room: RoomParameters,
  identity: Identity,
  seal: EndpointSeal,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): Uint8Array {
  const { addresses, revision, expiresAt } = endpoint;
  if (addresses.length === 0 || addresses.length > MAX_ENDPOINT_ADDRESSES) {
    throw invalid(`it needs 1 to ${MAX_ENDPOINT_ADDRESSES} addresses`);
  }
  if (!addresses.every(isAddress)) throw invalid('one of its addresses is invalid');
  if (![revision, expiresAt].every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw invalid('its revision or expiry is out of range');
  }
  const id = roomId(room);
  const { key, nonce } = recordKey(seal, salt, id);
  const plaintext = [
    u8(addresses.length),
    ...addresses.flatMap(({ host, port }) => [lv(utf8(host)), u16(port)]),
  ];
  const signed = concat(
    u8(FORMAT),
    salt,
    u64(revision),
    u64(expiresAt),
    ...key.seal(nonce, associatedData(id, revision, expiresAt), plaintext),
  );
  return concat(signed, identity.sign(concat(LABEL, id, signed)));
}

/**
 * Checks and opens a record.
 *
 * @param room the room for which it was stored
 * @param limits `now`: milliseconds since 1970; `newestSeen`: the highest revision seen of this
 * room, so that an older record cannot be put back
 * @throws RoomkeyError `RK_ENDPOINT_INVALID`
 */
export function openEndpoint(
  record: Uint8Array,
  room: RoomParameters,
  seal: EndpointSeal,
  limits: { readonly now: number; readonly newestSeen: number },
): Endpoint {
  const { salt, revision, expiresAt, sealed, signed, signature } = readRecord(record);
  if (expiresAt <= limits.now) throw invalid('it expired');
  if (revision < limits.newestSeen) throw invalid('it is older than a record seen before');
  const id = roomId(room);
  if (!verifySignature(room.host, concat(LABEL, id, signed), signature)) {
    throw invalid('the room’s host did not sign it');
  }
  const { key, nonce } = recordKey(seal, salt, id);
  try {
    const plaintext = key.open(nonce, associatedData(id, revision, expiresAt), sealed);
    return { addresses: readAddresses(plaintext), revision, expiresAt };
  } catch (error) {
    throw invalid('it is sealed for another directory', error);
  }
}

function readRecord(record: Uint8Array) {
  try {
    const reader = new ByteReader(record);
    if (reader.u8() !== FORMAT) throw new RangeError('unknown format version');
    const salt = reader.bytes(SALT_BYTES);
    const revision = readU64(reader);
    const expiresAt = readU64(reader);
    const sealed = reader.bytes(record.length - 33 - SIGNATURE_BYTES);
    const signature = reader.bytes(SIGNATURE_BYTES);
    const signed = record.subarray(0, -SIGNATURE_BYTES);
    return { salt, revision, expiresAt, sealed, signed, signature };
  } catch (error) {
    throw invalid('it is malformed', error);
  }
}

function readU64(reader: ByteReader): number {
  const value = reader.u32() * 2 ** 32 + reader.u32();
  if (!Number.isSafeInteger(value)) throw new RangeError('a number is too large');
  return value;
}

function readAddresses(plaintext: Uint8Array): TransportAddress[] {
  const reader = new ByteReader(plaintext);
  const count = reader.u8();
  const addresses = Array.from({ length: count }, () => ({
    host: new TextDecoder().decode(reader.lv(1, MAX_HOST_BYTES)),
    port: reader.u16(),
  }));
  reader.end();
  if (!addresses.every(isAddress)) throw new RangeError('invalid address');
  return addresses;
}

function isAddress({ host, port }: TransportAddress): boolean {
  if (isIP(host) === 0 || host.length > MAX_HOST_BYTES) return false;
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function associatedData(id: Uint8Array, revision: number, expiresAt: number): Uint8Array {
  return concat(u8(FORMAT), id, u64(revision), u64(expiresAt));
}

/** Key and nonce of one record. The salt is fresh, so neither is ever reused. */
function recordKey({ directoryKey, cipher }: EndpointSeal, salt: Uint8Array, id: Uint8Array) {
  if (cipher.suite !== SUITE_AES_256_GCM) {
    throw invalid(`stored endpoints need the cipher AES-256-GCM, not ${cipher.name}`);
  }
  const secret = hkdfExtract(salt, directoryKey);
  const output = hkdfExpand(secret, concat(LABEL, id), cipher.keyLength + cipher.nonceLength);
  return {
    key: cipher.key(output.subarray(0, cipher.keyLength)),
    nonce: output.subarray(cipher.keyLength),
  };
}

function invalid(reason: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_ENDPOINT_INVALID',
    `A stored endpoint cannot be used: ${reason}. On the same network as its host, the room is still found by its beacon.`,
    { cause },
  );
}
