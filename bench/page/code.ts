// A number in a picture: sixteen bits and their parity as black and white blocks at the upper left,
// large enough to survive every encoding.
const BITS = 16;
const BLOCK = 24;

function parity(number: number): number {
  let isOdd = 0;
  for (let rest = number; rest > 0; rest >>= 1) isOdd ^= rest & 1;
  return isOdd;
}

export function paintCode(context: OffscreenCanvasRenderingContext2D, number: number): void {
  const all = number | (parity(number) << BITS);
  for (let bit = 0; bit <= BITS; bit += 1) {
    context.fillStyle = (all >> bit) & 1 ? 'white' : 'black';
    context.fillRect(bit * BLOCK, 0, BLOCK, BLOCK);
  }
}

/** The number on a canvas; undefined if none is readable. */
export function readCode(context: OffscreenCanvasRenderingContext2D): number | undefined {
  const row = context.getImageData(0, BLOCK / 2, (BITS + 1) * BLOCK, 1).data;
  const bitAt = (block: number): number =>
    row[(block * BLOCK + BLOCK / 2) * 4 + 1]! > 127 ? 1 : 0;
  let number = 0;
  for (let bit = 0; bit < BITS; bit += 1) number |= bitAt(bit) << bit;
  return parity(number) === bitAt(BITS) ? number : undefined;
}
