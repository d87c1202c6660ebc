/**
 * A number that a program can read from a picture after any scaling and encoding: black and white
 * blocks along the lower edge, two rows of eight bits and a parity bit each. The upper row identifies
 * the person, the lower one counts frames.
 */
export interface Count {
  readonly person: number;
  readonly number: number;
}

/** A block, in pixels; `bit` is its index in the result of `encodeCount`. */
export interface Block {
  readonly bit: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const ROWS = 2;
const BITS_A_ROW = 9;

/** The blocks in a picture of this size; each has one ninth of its width and height. */
export function countBlocks(width: number, height: number): readonly Block[] {
  const [columnWidth, rowHeight] = [width / BITS_A_ROW, height / 9];
  return Array.from({ length: ROWS * BITS_A_ROW }, (_, bit) => {
    const [row, column] = [Math.floor(bit / BITS_A_ROW), bit % BITS_A_ROW];
    const x = Math.round(column * columnWidth);
    const y = Math.round(height - (ROWS - row) * rowHeight);
    return {
      bit,
      x,
      y,
      width: Math.round((column + 1) * columnWidth) - x,
      height: Math.round(height - (ROWS - row - 1) * rowHeight) - y,
    };
  });
}

/** For each block, whether it is white. */
export function encodeCount({ person, number }: Count): readonly boolean[] {
  return [...encodeRow(person), ...encodeRow(number)];
}

/** Decodes the blocks' brightnesses, 0…255; undefined if one is gray or a parity is wrong. */
export function decodeCount(brightnesses: readonly number[]): Count | undefined {
  if (brightnesses.some((brightness) => brightness > 80 && brightness < 175)) return undefined;
  const bits = brightnesses.map((brightness) => brightness > 128);
  const person = decodeRow(bits.slice(0, BITS_A_ROW));
  const number = decodeRow(bits.slice(BITS_A_ROW));
  return person === undefined || number === undefined ? undefined : { person, number };
}

function encodeRow(value: number): boolean[] {
  const bits = Array.from({ length: 8 }, (_, bit) => (value & (0x80 >> bit)) !== 0);
  return [...bits, isOdd(bits)];
}

function decodeRow(bits: readonly boolean[]): number | undefined {
  const value = bits.slice(0, 8).reduce((sum, bit) => sum * 2 + Number(bit), 0);
  return isOdd(bits) ? undefined : value;
}

function isOdd(bits: readonly boolean[]): boolean {
  return bits.filter(Boolean).length % 2 === 1;
}
