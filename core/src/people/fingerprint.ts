import { toHex } from '../secure/bytes.js';
import { sha256 } from '../secure/kdf.js';

/**
 * What a person compares to know an identity: the first 80 bits of its SHA-256, in hex, such as
 * `3f0c-91aa-07be-55d2-e614`.
 */
export function fingerprint(identity: Uint8Array): string {
  return toHex(sha256(identity).subarray(0, 10)).replace(/(.{4})(?=.)/g, '$1-');
}
