/** The content of a picture's code. */
export interface PatternReading {
  /** Picture number since the camera was opened, from 0, modulo 2³². */
  readonly number: number;
  /** Capture time: whole milliseconds since 1970. */
  readonly time: number;
}

/**
 * The code at the bottom of a picture: a strip of one fifth of its height with 24 × 4 cells, black
 * for 0 and white for 1, row by row, most significant bit first: `u32 picture number ‖ u48
 * milliseconds since 1970 ‖ u16 CRC-16 of these 10 bytes`.
 *
 * A cell is a fraction of the picture, not a number of pixels, so the code survives scaling.
 */
export const COLUMNS = 24;
export const ROWS = 4;

/**
 * Below this size a cell is smaller than a JPEG block of 8 × 8 pixels, and pictures have no code.
 */
const LEAST_WIDTH = 8 * COLUMNS;
const LEAST_HEIGHT = 8 * ROWS * 5;

/** Top of the strip, in pixels; the picture's height if it has none. */
export function stripTop(width: number, height: number): number {
  if (width < LEAST_WIDTH || height < LEAST_HEIGHT) return height;
  return height - Math.floor(height / 5);
}

/** Encodes the 12 bytes shown by the cells. */
export function encodeCode({ number, time }: PatternReading): Buffer {
  const code = Buffer.alloc(12);
  code.writeUInt32BE(number);
  code.writeUIntBE(time, 4, 6);
  code.writeUInt16BE(crc16(code.subarray(0, 10)), 10);
  return code;
}

/** @returns undefined if the checksum is wrong */
export function decodeCode(code: Buffer): PatternReading | undefined {
  if (crc16(code.subarray(0, 10)) !== code.readUInt16BE(10)) return undefined;
  return { number: code.readUInt32BE(0), time: code.readUIntBE(4, 6) };
}

/**
 * CRC-16/CCITT-FALSE: polynomial 0x1021, initial value 0xffff. Neither an all-black nor an
 * all-white strip is valid.
 */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc;
}
