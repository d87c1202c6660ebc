import { createHmac, createHash } from 'node:crypto';
import { concat, u8, utf8 } from './bytes.js';

/** SHA-512 (H in docs/protocol.md) of the joined parts: 64 bytes. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** SHA-256 of the joined parts: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** HMAC-SHA-512 of the joined parts: 64 bytes. */
export function hmacSha512(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha512', key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** HKDF-Extract with SHA-512 (RFC 5869, section 2.2): 64 bytes. */
export function hkdfExtract(salt: Uint8Array, keyMaterial: Uint8Array): Uint8Array {
  return hmacSha512(salt, keyMaterial);
}

/**
 * HKDF-Expand with SHA-512 (RFC 5869, section 2.3). Node's `hkdfSync` combines Extract and Expand;
 * the key schedule needs them separate.
 *
 * @param length bytes, 1…16,320
 */
export function hkdfExpand(secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let filled = 0, index = 1; filled < length; filled += block.length, index += 1) {
    block = hmacSha512(secret, concat(block, info, u8(index)));
    output.set(block.subarray(0, length - filled), filled);
  }
  return output;
}

/** Expand of docs/protocol.md: HKDF-Expand with the info `"roomkey/1 " ‖ label`. */
export function expandLabel(secret: Uint8Array, label: string, length: number): Uint8Array {
  return hkdfExpand(secret, utf8(`roomkey/1 ${label}`), length);
}
