/** No name or account password that is taken had more before it was normalized; in UTF-8 bytes. */
const MAX_BYTES = 4096;

/**
 * A text in Unicode NFC. One of more than 4,096 UTF-8 bytes stays as it is: the time that it takes to
 * put marks in order grows with the square of their number, and 64 KiB of them take seconds.
 */
export function nfc(text: string): string {
  return Buffer.byteLength(text) > MAX_BYTES ? text : text.normalize('NFC');
}
