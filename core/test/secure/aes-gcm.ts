import type { Cipher } from '../../src/contracts/index.js';
import { storageCipher } from '../../src/secure/storage-cipher.js';

/**
 * AES-256-GCM: core's tests need a cipher for calls, and core knows no plugin.
 *
 * @param suite another number poses as another cipher
 */
export function testCipher(suite = 1): Cipher {
  return { ...storageCipher, suite };
}
