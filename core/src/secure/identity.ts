import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { concat, fromHex, toHex, utf8 } from './bytes.js';
import { expandLabel, hkdfExtract } from './kdf.js';

// DER prefixes of the 32 raw bytes in RFC 8410's PKCS#8 and SPKI forms of an Ed25519 key.
const PRIVATE_PREFIX = fromHex('302e020100300506032b657004220420');
const PUBLIC_PREFIX = fromHex('302a300506032b6570032100');

/** An account's Ed25519 key (RFC 8032), unlocked. */
export interface Identity {
  /** 32 bytes: identifies the person to others. */
  readonly publicKey: Uint8Array;
  /** @returns a signature of 64 bytes */
  sign(message: Uint8Array): Uint8Array;
  /**
   * A 32-byte secret that only the holder of the private key can compute: HKDF-SHA-512 (RFC 5869)
   * over the seed. The same on every call and machine, different for each label.
   */
  deriveSecret(label: string): Uint8Array;
}

/** A new Ed25519 seed: 32 bytes, the private half of an identity. */
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
    deriveSecret: (label) => {
      const der = privateKey.export({ format: 'der', type: 'pkcs8' });
      const root = hkdfExtract(utf8('roomkey/1 identity'), der.subarray(PRIVATE_PREFIX.length));
      der.fill(0);
      const secret = expandLabel(root, label, 32);
      root.fill(0);
      return secret;
    },
  };
}

/**
 * The y-coordinates of the eight points whose order divides 8, little-endian, without the sign of
 * x. With such a public key, signatures can be made that verify without a private key (Chalkias,
 * Garillot and Nikolaenko, "Taming the many EdDSAs", 2020).
 */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/**
 * Whether these bytes can be an identity: 32 bytes, a y-coordinate below p (RFC 8032, 5.1.3), not
 * of small order. Checked for every identity that comes from outside, mostly through
 * `verifySignature`.
 */
export function isIdentity(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false;
  const y = new Uint8Array(publicKey);
  y[31] = (y[31] ?? 0) & 0x7f;
  // p is 2²⁵⁵ − 19: from edff…ff7f up.
  const isBelowP = (y[0] ?? 0) < 0xed || y[31] !== 0x7f || y.subarray(1, 31).some((b) => b < 0xff);
  return isBelowP && !SMALL_ORDER_Y.has(toHex(y));
}

/** Verifies an Ed25519 signature. Never throws. */
export function verifySignature(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!isIdentity(publicKey) || signature.length !== 64) return false;
  try {
    // As a JWK (RFC 8037): OpenSSL takes eight times as long to read DER.
    const x = Buffer.from(publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, message, key, signature);
  } catch {
    // OpenSSL refuses to load some malformed keys.
    return false;
  }
}
