// A number in a picture: sixteen bits and their parity as black and white blocks at the upper left,
// large enough to outlive every encoding.
const BITS = 16;
const BLOCK = 24;

const parity = (number) => [...number.toString(2)].filter((bit) => bit === '1').length % 2;

export function paintCode(context, number) {
  const all = number | (parity(number) << BITS);
  for (let bit = 0; bit <= BITS; bit += 1) {
    context.fillStyle = (all >> bit) & 1 ? 'white' : 'black';
    context.fillRect(bit * BLOCK, 0, BLOCK, BLOCK);
  }
}

/** The number on a canvas; undefined where there is none. */
export function readCode(context) {
  const row = context.getImageData(0, BLOCK / 2, (BITS + 1) * BLOCK, 1).data;
  let number = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    if (row[(bit * BLOCK + BLOCK / 2) * 4 + 1] > 127) number |= 1 << bit;
  }
  const isOdd = row[(BITS * BLOCK + BLOCK / 2) * 4 + 1] > 127 ? 1 : 0;
  return parity(number) === isOdd ? number : undefined;
}
