import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { Cipher } from '../contracts/cipher.js';
import { RoomkeyError } from '../errors/index.js';
import { concat } from './bytes.js';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM of node:crypto for stored data. Deliberately not the configured `Cipher` of calls:
 * everyone who shares a store must be able to read it, and an account must survive a change of the
 * configuration.
 */
export const storageCipher: Cipher = {
  suite: 1,
  name: 'AES-256-GCM',
  keyLength: KEY_BYTES,
  nonceLength: NONCE_BYTES,
  tagLength: TAG_BYTES,
  key(raw) {
    checkLength('key', raw, KEY_BYTES);
    const key = createSecretKey(raw);
    const options = { authTagLength: TAG_BYTES };
    return {
      seal(nonce, aad, plaintext) {
        checkLength('nonce', nonce, NONCE_BYTES);
        const cipher = createCipheriv('aes-256-gcm', key, nonce, options).setAAD(aad);
        const ciphertext = concat(...plaintext.map((part) => cipher.update(part)), cipher.final());
        return [ciphertext, cipher.getAuthTag()];
      },
      open(nonce, aad, sealed) {
        try {
          checkLength('nonce', nonce, NONCE_BYTES);
          const tagAt = sealed.length - TAG_BYTES;
          const decipher = createDecipheriv('aes-256-gcm', key, nonce, options).setAAD(aad);
          decipher.setAuthTag(sealed.subarray(tagAt));
          return concat(decipher.update(sealed.subarray(0, tagAt)), decipher.final());
        } catch (cause) {
          throw new RoomkeyError(
            'RK_CIPHER_FORGED',
            'The stored data was sealed with a different key, or changed since.',
            { cause },
          );
        }
      },
    };
  },
};

function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length === length) return;
  throw new RangeError(`The ${what} must have ${length} bytes and has ${bytes.length}.`);
}
