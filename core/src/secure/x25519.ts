import { createPrivateKey, createPublicKey, diffieHellman, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { concat, fromHex } from './bytes.js';

// The DER that stands before the 32 raw bytes in RFC 8410's PKCS#8 and SPKI forms of an X25519 key.
const PRIVATE_PREFIX = fromHex('302e020100300506032b656e04220420');
const PUBLIC_PREFIX = fromHex('302a300506032b656e032100');

function privateKey(scalar: Uint8Array): KeyObject {
  const der = concat(PRIVATE_PREFIX, scalar);
  try {
    return createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

/** A fresh secret scalar of 32 bytes; X25519 clamps it itself. */
export function x25519Secret(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** The public key of a secret scalar: 32 bytes. */
export function x25519PublicKey(scalar: Uint8Array): Uint8Array {
  const spki = createPublicKey(privateKey(scalar)).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(PUBLIC_PREFIX.length));
}

/**
 * X25519 (RFC 7748, section 5) of a secret scalar and a u-coordinate, 32 bytes each. Throws where
 * the result is all zero, which is so for points of low order.
 */
export function x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  // OpenSSL passes over bytes behind the key.
  if (point.length !== 32) throw new RangeError('an X25519 point has 32 bytes');
  const publicKey = createPublicKey({
    key: Buffer.from(concat(PUBLIC_PREFIX, point)),
    format: 'der',
    type: 'spki',
  });
  return new Uint8Array(diffieHellman({ privateKey: privateKey(scalar), publicKey }));
}
