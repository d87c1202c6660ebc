import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Cipher } from '../../src/contracts/index.js';
import { RoomkeyError } from '../../src/errors/index.js';
import { concat } from '../../src/secure/bytes.js';

/**
 * AES-256-GCM, suite 1, in the plainest form: core's tests need a cipher, and core knows no plugin.
 *
 * @param suite another number poses as another cipher
 */
export function testCipher(suite = 1): Cipher {
  return {
    suite,
    name: 'AES-256-GCM',
    keyLength: 32,
    nonceLength: 12,
    tagLength: 16,
    key(raw) {
      const key = raw.slice();
      return {
        seal(nonce, aad, plaintext) {
          const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
          cipher.setAAD(aad);
          const ciphertext = concat(cipher.update(concat(...plaintext)), cipher.final());
          return [ciphertext, cipher.getAuthTag()];
        },
        open(nonce, aad, sealed) {
          try {
            const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
            decipher.setAAD(aad);
            decipher.setAuthTag(sealed.subarray(-16));
            return concat(decipher.update(sealed.subarray(0, -16)), decipher.final());
          } catch (cause) {
            throw new RoomkeyError('RK_CIPHER_FORGED', 'forged', { cause });
          }
        },
      };
    },
  };
}
