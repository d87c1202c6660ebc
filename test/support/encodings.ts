/** Text in UTF-16; big-endian has the bytes of each pair in reverse. */
const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf16be = (text: string): Buffer => utf16le(text).swap16();

/** The encodings in which common tools write text files, including the editors and shells of Windows. */
export const encodings: readonly (readonly [name: string, encode: (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16LE with its mark', (text) => utf16le(`\ufeff${text}`)],
  ['UTF-16BE with its mark', (text) => utf16be(`\ufeff${text}`)],
];

/** Encodings that cannot be detected from the bytes, or are broken. */
export const strangeEncodings: typeof encodings = [
  ['Windows-1252', (text) => Buffer.from(`${text}\u00e9`, 'latin1')],
  ['UTF-16 without a mark', utf16le],
  ['UTF-16 cut off', (text) => utf16le(`\ufeff${text}`).subarray(0, -1)],
];
