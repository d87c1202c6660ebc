import type { Cipher } from '../../src/contracts/index.js';
import { storageCipher } from '../../src/secure/storage-cipher.js';

/**
 * AES-256-GCM: core's tests need a cipher for calls, and core may not import a plugin.
 *
 * @param suite a different number poses as a different cipher
 */
export function testCipher(suite = 1): Cipher {
  return { ...storageCipher, suite };
}
