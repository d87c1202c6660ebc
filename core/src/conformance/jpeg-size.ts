import assert from 'node:assert/strict';

/** The size in a JPEG picture's frame header (ITU-T T.81, B.2.2), in pixels. */
export function jpegSize(jpeg: Uint8Array): { readonly width: number; readonly height: number } {
  const bytes = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  assert.equal(bytes.readUInt16BE(0), 0xffd8, 'a JPEG picture begins with SOI');
  assert.equal(bytes.readUInt16BE(bytes.length - 2), 0xffd9, 'a JPEG picture ends with EOI');
  for (let at = 2; at + 9 <= bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    // SOF0 is baseline; SOF1 differs only in the number of tables.
    if (marker === 0xffc0 || marker === 0xffc1) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
  }
  assert.fail('no frame header of a baseline picture');
}
