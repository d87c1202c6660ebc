/** The bytes are not text in a known encoding. */
export class NotTextError extends Error {
  override readonly name = 'NotTextError';
}

/** Whether it begins with the byte order mark of UTF-16, which UTF-8 text never does. */
export function hasUtf16Bom(bytes: Uint8Array): boolean {
  return utf16(bytes) !== undefined;
}

/**
 * Decodes a text file that people may edit: UTF-8 with or without a byte order mark, or UTF-16 with
 * one, as Windows' editors and PowerShell's `>` write. Strips the mark.
 *
 * @throws NotTextError with a message to follow “cannot be read: ”. It quotes nothing.
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = utf16(bytes) ?? 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // Neither JSON nor `.env` files contain U+0000; UTF-16 without a mark is full of it.
    if (!text.includes('\0')) return text;
  } catch {
    // Thrown below.
  }
  throw new NotTextError(
    `it is not text in UTF-8 (line ${badLine(bytes, encoding)}). Save it as UTF-8: editors offer that in “Save as”`,
  );
}

function utf16([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** The first invalid line, from 1. */
function badLine(bytes: Uint8Array, encoding: string): number {
  // In UTF-16 a line feed's byte may be half of another character, so lines cannot be counted.
  if (encoding !== 'utf-8') return 1;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    try {
      const text = decoder.decode(bytes.subarray(start, end === -1 ? undefined : end));
      if (text.includes('\0') || end === -1) return line;
    } catch {
      return line;
    }
    start = end + 1;
  }
}
