/** A number of so many bits, the most significant first; what does not fit is left out. */
export type Field = readonly [value: number, bits: number];

/** The bytes that these fields make, filled up with zeros. */
export function bytesOf(...fields: readonly Field[]): Uint8Array {
  const bits = fields.map(([value, count]) => bitsOf(value, count)).join('');
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => parseInt(byte.padEnd(8, '0'), 2));
}

function bitsOf(value: number, count: number): string {
  return count === 0 ? '' : value.toString(2).padStart(count, '0').slice(-count);
}

/** Exp-Golomb. */
export function unsigned(value: number): Field {
  return [value + 1, 2 * (value + 1).toString(2).length - 1];
}

/** One behind the other. */
export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
