import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { RoomkeyError, type AeadKey, type Cipher } from '@roomkey/core';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** The only size for which GCM needs no extra hashing (NIST SP 800-38D, section 5.2.1.1). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Without it, Node 20 accepts tags truncated to 4 bytes. */
const OPTIONS = { authTagLength: TAG_BYTES } as const;

class Aes256GcmKey implements AeadKey {
  // A KeyObject is loaded into OpenSSL once; raw bytes would be copied per message.
  readonly #key: KeyObject;

  constructor(raw: Uint8Array) {
    this.#key = createSecretKey(raw);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: readonly Uint8Array[]): Uint8Array[] {
    checkLength('nonce', nonce, NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, OPTIONS);
    cipher.setAAD(aad);
    const sealed: Uint8Array[] = plaintext.map((part) => cipher.update(part));
    cipher.final(); // empty: GCM has no padding
    sealed.push(cipher.getAuthTag());
    return sealed;
  }

  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array {
    const length = sealed.length - TAG_BYTES;
    if (nonce.length !== NONCE_BYTES || length < 0) throw forged();
    const decipher = createDecipheriv(ALGORITHM, this.#key, nonce, OPTIONS);
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = decipher.update(sealed.subarray(0, length));
    try {
      // Checks the tag: the output of update() is not authentic before.
      decipher.final();
    } catch (cause) {
      plaintext.fill(0);
      throw forged(cause);
    }
    return plaintext;
  }
}

/** AES-256-GCM (NIST SP 800-38D, RFC 5116 AEAD_AES_256_GCM). Keeps no state between messages. */
export const aes256Gcm: Cipher = {
  suite: 1,
  name: 'AES-256-GCM',
  keyLength: KEY_BYTES,
  nonceLength: NONCE_BYTES,
  tagLength: TAG_BYTES,
  key(raw) {
    checkLength('key', raw, KEY_BYTES);
    return new Aes256GcmKey(raw);
  },
};

/** A wrong length is a bug of the caller, not peer input. */
function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  throw new RangeError(`The ${what} must be ${length} bytes long and has ${bytes.length}.`);
}

function forged(cause?: unknown): RoomkeyError {
  return new RoomkeyError(
    'RK_CIPHER_FORGED',
    'The data was sealed with a different key, or changed on the way; it is dropped.',
    { plugin: '@roomkey/cipher-aes-gcm', cause },
  );
}
