/**
 * CPACE-X25519-SHA512 of draft-irtf-cfrg-cpace (-21), in its initiator-responder form. Derives a
 * strong key from a password. Neither an eavesdropper nor a participant can test passwords offline.
 */
import { concat, utf8 } from './bytes.js';
import { elligator2 } from './elligator2.js';
import { sha512 } from './kdf.js';
import { x25519 } from './x25519.js';

const DOMAIN = utf8('CPace255');
const DOMAIN_ISK = utf8('CPace255_ISK');
/** Block size of SHA-512. Padding makes the password fill the first block whatever follows. */
const HASH_BLOCK_BYTES = 128;

/** The draft's prepend_len: the length in LEB128, then the bytes. */
function prependLength(bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return concat(Uint8Array.from([...length, rest]), bytes);
}

/** The draft's lv_cat; not the `lv` of this protocol, whose lengths are u16. */
function lvCat(...parts: readonly Uint8Array[]): Uint8Array {
  return concat(...parts.map(prependLength));
}

/** The draft's generator_string (section 7.1). */
export function cpaceGeneratorString(
  passwordSecret: Uint8Array,
  channel: Uint8Array,
  sessionId: Uint8Array,
): Uint8Array {
  const used = 1 + prependLength(passwordSecret).length + prependLength(DOMAIN).length;
  const padding = new Uint8Array(Math.max(0, HASH_BLOCK_BYTES - used));
  return lvCat(DOMAIN, passwordSecret, padding, channel, sessionId);
}

/**
 * The draft's calculate_generator (section 7.2).
 *
 * @param passwordSecret PRS
 * @param channel CI
 * @param sessionId sid
 * @returns 32 bytes
 */
export function cpaceGenerator(
  passwordSecret: Uint8Array,
  channel: Uint8Array,
  sessionId: Uint8Array,
): Uint8Array {
  const string = cpaceGeneratorString(passwordSecret, channel, sessionId);
  const generator = elligator2(sha512(string).subarray(0, 32));
  string.fill(0);
  return generator;
}

/** The public share Y = X25519(y, g) of a secret scalar. */
export function cpaceShare(scalar: Uint8Array, generator: Uint8Array): Uint8Array {
  return x25519(scalar, generator);
}

/** One side's public message. */
export interface CpaceMessage {
  /** Y, 32 bytes. */
  readonly share: Uint8Array;
  /** AD. */
  readonly associatedData: Uint8Array;
}

/**
 * The intermediate session key ISK, 64 bytes (section 6.2). Throws if the peer's share has low
 * order.
 *
 * @param scalar own secret scalar
 * @param peerShare the peer's Y
 * @param a the initiator's message
 * @param b the responder's message
 */
export function cpaceSessionKey(
  sessionId: Uint8Array,
  scalar: Uint8Array,
  peerShare: Uint8Array,
  a: CpaceMessage,
  b: CpaceMessage,
): Uint8Array {
  const shared = x25519(scalar, peerShare);
  try {
    const transcript = [a, b].map(({ share, associatedData }) => lvCat(share, associatedData));
    return sha512(lvCat(DOMAIN_ISK, sessionId, shared), ...transcript);
  } finally {
    shared.fill(0);
  }
}
