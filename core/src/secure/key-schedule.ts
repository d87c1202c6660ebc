/**
 * The handshake's key schedule (`docs/protocol.md`, Key schedule). `f1` … `f4` are the encoded
 * GuestHello, HostHello, GuestFinish and HostFinish.
 */
import type { Cipher } from '../contracts/index.js';
import { displayName } from '../util/display-name.js';
import { ByteReader } from './byte-reader.js';
import { concat, lv, toHex, u8, utf8 } from './bytes.js';
import { MAX_NAME_BYTES } from './handshake-messages.js';
import { verifySignature } from './identity.js';
import type { Identity } from './identity.js';
import { expandLabel, hkdfExtract, hmacSha512, sha256, sha512 } from './kdf.js';
import type { RoomMode } from './room-parameters.js';

/** A side of the handshake; the guest dials the host. */
export type Role = 'guest' | 'host';

/** GuestHello's commitment to E_I: 32 bytes. */
export function commitment(nonce: Uint8Array, ephemeral: Uint8Array): Uint8Array {
  return sha256(utf8('roomkey/1 commit'), nonce, ephemeral);
}

export function transcript3(
  f1: Uint8Array,
  f2: Uint8Array,
  guestEphemeral: Uint8Array,
  guestShare: Uint8Array,
): Uint8Array {
  return sha512(utf8('roomkey/1 th3'), lv(f1), lv(f2), lv(guestEphemeral), lv(guestShare));
}

export function transcript4(th3: Uint8Array, f3: Uint8Array): Uint8Array {
  return sha512(utf8('roomkey/1 th4'), lv(th3), lv(f3));
}

export function transcript5(th4: Uint8Array, f4: Uint8Array): Uint8Array {
  return sha512(utf8('roomkey/1 th5'), lv(th4), lv(f4));
}

/**
 * PRK: 64 bytes, the root of all handshake keys.
 *
 * @param isk CPace's session key, empty in rooms without a password
 * @param dh X25519 of the ephemeral keys
 */
export function handshakeSecret(
  th3: Uint8Array,
  mode: RoomMode,
  isk: Uint8Array,
  dh: Uint8Array,
): Uint8Array {
  const input = concat(u8(mode), lv(isk), lv(dh));
  const prk = hkdfExtract(th3, input);
  input.fill(0);
  return prk;
}

/** T: 32 bytes that prove that a side has the same PRK and transcript. */
export function confirmation(prk: Uint8Array, role: Role, transcript: Uint8Array): Uint8Array {
  const key = expandLabel(prk, `conf ${role}`, 64);
  const mac = hmacSha512(key, transcript).slice(0, 32);
  key.fill(0);
  return mac;
}

/** The message that a side's identity signs. */
function signedMessage(role: Role, transcript: Uint8Array): Uint8Array {
  return concat(utf8(`roomkey/1 sig ${role}`), transcript);
}

/** The authenticated identity and name of a side. */
export interface Peer {
  /** The Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
  /**
   * The person's name, safe to show; if it has no visible character, the first digits of the
   * identity.
   */
  readonly name: string;
}

/** Key and nonce of one side's proof; used once. */
function proofKey(cipher: Cipher, prk: Uint8Array, role: Role) {
  const raw = expandLabel(prk, `hs ${role} key`, cipher.keyLength);
  const key = cipher.key(raw);
  raw.fill(0);
  return { key, nonce: expandLabel(prk, `hs ${role} iv`, cipher.nonceLength) };
}

/** P: identity, signature and name of a side, sealed. */
export function sealProof(
  cipher: Cipher,
  prk: Uint8Array,
  role: Role,
  transcript: Uint8Array,
  identity: Identity,
  name: string,
): Uint8Array {
  const { key, nonce } = proofKey(cipher, prk, role);
  const signature = identity.sign(signedMessage(role, transcript));
  const proof = concat(identity.publicKey, signature, lv(utf8(name)));
  return concat(...key.seal(nonce, transcript, [proof]));
}

/** Opens and verifies the other side's P. Throws on any mismatch. */
export function openProof(
  cipher: Cipher,
  prk: Uint8Array,
  role: Role,
  transcript: Uint8Array,
  sealed: Uint8Array,
): Peer {
  const { key, nonce } = proofKey(cipher, prk, role);
  const reader = new ByteReader(key.open(nonce, transcript, sealed));
  const identity = reader.bytes(32);
  const signature = reader.bytes(64);
  const name = reader.lv(1, MAX_NAME_BYTES);
  reader.end();
  if (!verifySignature(identity, signedMessage(role, transcript), signature)) {
    throw new RangeError('the signature is not by this identity');
  }
  const given = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  return { identity, name: displayName(given) || toHex(identity).slice(0, 8) };
}

/** M: 64 bytes, the root of all keys after the handshake. */
export function mainSecret(prk: Uint8Array, th5: Uint8Array): Uint8Array {
  const secret = expandLabel(prk, 'main', 64);
  const main = hkdfExtract(th5, secret);
  secret.fill(0);
  return main;
}
