/** Longest name or account password before normalization, UTF-8 bytes. */
const MAX_BYTES = 4096;

/**
 * Normalizes to Unicode NFC. Longer texts than 4,096 UTF-8 bytes stay unchanged: reordering
 * combining marks takes quadratic time, seconds for 64 KiB.
 */
export function nfc(text: string): string {
  return Buffer.byteLength(text) > MAX_BYTES ? text : text.normalize('NFC');
}
