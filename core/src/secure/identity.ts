import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { concat, fromHex } from './bytes.js';

// The DER that stands before the 32 raw bytes in RFC 8410's PKCS#8 and SPKI forms of an Ed25519 key.
const PRIVATE_PREFIX = fromHex('302e020100300506032b657004220420');
const PUBLIC_PREFIX = fromHex('302a300506032b6570032100');

/** An account's Ed25519 key (RFC 8032), unlocked. */
export interface Identity {
  /** 32 bytes: what others know the person by. */
  readonly publicKey: Uint8Array;
  /** @returns a signature of 64 bytes */
  sign(message: Uint8Array): Uint8Array;
}

/** A fresh Ed25519 seed: 32 bytes, the private half of an identity. */
export function createIdentitySeed(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** The identity whose private half is this seed of 32 bytes. */
export function identityFromSeed(seed: Uint8Array): Identity {
  const privateKey = createPrivateKey({
    key: Buffer.from(concat(PRIVATE_PREFIX, seed)),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(PUBLIC_PREFIX.length)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

/** Whether this is the signature of `message` by the holder of `publicKey`. Never throws. */
export function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    // As a JWK (RFC 8037) and not as DER, which OpenSSL takes eight times as long to read.
    const x = Buffer.from(publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature);
  } catch {
    // OpenSSL refuses to load some malformed keys: not a signature of theirs.
    return false;
  }
}
