import { COLUMNS, ROWS, decodeCode, stripTop, type PatternReading } from './pattern-code.js';
import { loadSharp } from './sharp.js';

/** Raw pixels, row by row without gaps. */
export interface Pixels {
  /** `width × height × channels` bytes. Only the first channel is read. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Bytes per pixel. */
  readonly channels: number;
}

/** Minimum distance of a cell from mid-gray, of 128, to count as black or white. */
const CERTAIN = 32;

/**
 * Reads the code of a test picture.
 *
 * @param jpeg a unit of the pattern camera, perhaps encoded again or scaled since
 * @returns undefined where there is no code, or it does not fit its checksum
 * @throws Error where the bytes are no JPEG picture
 */
export async function readPattern(jpeg: Uint8Array): Promise<PatternReading | undefined> {
  const sharp = await loadSharp();
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return readPixels({ data, ...info });
}

/** `readPattern` for decoded pixels. */
export function readPixels(pixels: Pixels): PatternReading | undefined {
  const { width, height } = pixels;
  const top = stripTop(width, height);
  if (top === height) return undefined;
  const code = Buffer.alloc((COLUMNS * ROWS) / 8);
  const cellWidth = width / COLUMNS;
  const cellHeight = (height - top) / ROWS;
  for (let cell = 0; cell < COLUMNS * ROWS; cell++) {
    const x = (cell % COLUMNS) * cellWidth;
    const y = top + Math.floor(cell / COLUMNS) * cellHeight;
    const brightness = meanOfMiddle(pixels, x, y, cellWidth, cellHeight) - 128;
    if (Math.abs(brightness) < CERTAIN) return undefined;
    if (brightness > 0) code.writeUInt8((code[cell >> 3] ?? 0) | (0x80 >> (cell & 7)), cell >> 3);
  }
  return decodeCode(code);
}

/** The mean over the middle quarter of a cell, away from the bleeding of adjacent cells. */
function meanOfMiddle(pixels: Pixels, x: number, y: number, w: number, h: number): number {
  const { data, width, channels } = pixels;
  let sum = 0;
  let count = 0;
  for (let row = Math.floor(y + h / 4); row < y + (h * 3) / 4; row++) {
    for (let column = Math.floor(x + w / 4); column < x + (w * 3) / 4; column++) {
      sum += data[(row * width + column) * channels] ?? 0;
      count++;
    }
  }
  return sum / count;
}
