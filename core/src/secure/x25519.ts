import { createPrivateKey, createPublicKey, diffieHellman, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { concat, fromHex } from './bytes.js';

// DER prefix of the 32 raw bytes in RFC 8410's PKCS#8 form of an X25519 key. (A private JWK would
// also need the public half.)
const PRIVATE_PREFIX = fromHex('302e020100300506032b656e04220420');

function privateKey(scalar: Uint8Array): KeyObject {
  const der = concat(PRIVATE_PREFIX, scalar);
  try {
    return createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

/** A new secret scalar of 32 bytes; X25519 clamps it. */
export function x25519Secret(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** The public key of a secret scalar: 32 bytes. */
export function x25519PublicKey(scalar: Uint8Array): Uint8Array {
  const { x = '' } = createPublicKey(privateKey(scalar)).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(x, 'base64url'));
}

/**
 * X25519 (RFC 7748, section 5) of a secret scalar and a u-coordinate, 32 bytes each. Throws if the
 * result is all zero, which happens for points of low order.
 */
export function x25519(scalar: Uint8Array, point: Uint8Array): Uint8Array {
  // Node takes ten times as long for the same key in DER.
  const x = Buffer.from(point).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  return new Uint8Array(diffieHellman({ privateKey: privateKey(scalar), publicKey }));
}
