/** More than any screen has; the window shows no larger frames either. */
const MAX_PIXELS = 4096 * 4096;

/**
 * Whether bytes are one JPEG of an acceptable size: from the start to the end of the image, with a
 * frame header before the first scan. ITU-T T.81, B.1.1 and B.2.2.
 */
export function isJpeg(data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const last = data.length - 2;
  if (last < 4 || view.getUint16(0) !== 0xffd8 || view.getUint16(last) !== 0xffd9) return false;
  let pixels = 0;
  for (let at = 2; at + 9 <= last && data[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) return pixels > 0 && pixels <= MAX_PIXELS;
    // Markers without a segment are not allowed before a scan.
    if (marker < 0xc0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd9)) return false;
    // C0 to CF are frame headers, except these three, which are tables.
    if (marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      pixels = view.getUint16(at + 5) * view.getUint16(at + 7);
    }
  }
  return false;
}
