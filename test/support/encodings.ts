/** A text as tools write it: the bytes of `utf16be` have each pair the other way round. */
const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf16be = (text: string): Buffer => utf16le(text).swap16();

/** The encodings in which people's tools write text files, Windows' editors and shells too. */
export const encodings: readonly (readonly [name: string, encode: (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16LE with its mark', (text) => utf16le(`\ufeff${text}`)],
  ['UTF-16BE with its mark', (text) => utf16be(`\ufeff${text}`)],
];

/** Encodings that cannot be told from the bytes, or are broken. */
export const strangeEncodings: typeof encodings = [
  ['Windows-1252', (text) => Buffer.from(`${text}\u00e9`, 'latin1')],
  ['UTF-16 without a mark', utf16le],
  ['UTF-16 cut off', (text) => utf16le(`\ufeff${text}`).subarray(0, -1)],
];
