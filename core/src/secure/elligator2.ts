import { randomBytes } from 'node:crypto';

const P = 2n ** 255n - 19n;
const A = 486662n;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base % P, rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** A random nonzero field element. */
function blind(): bigint {
  return (fromLittleEndian(randomBytes(40)) % (P - 1n)) + 1n;
}

/**
 * The Elligator2 map of Curve25519 with the non-square 2 (RFC 9380, section 6.7.1; as used by
 * draft-irtf-cfrg-cpace): the u-coordinate of a point. Both exponentiations use blinded values:
 * BigInt's time depends on the value, and the input comes from the password.
 *
 * @param bytes 32, little-endian; the top bit is ignored
 * @returns 32 bytes, little-endian
 */
export function elligator2(bytes: Uint8Array): Uint8Array {
  const r = fromLittleEndian(bytes) & (2n ** 255n - 1n);
  const b = blind();
  // 1 + 2r² is never 0: −1/2 is not a square.
  const v = ((P - A) * b * power((1n + 2n * r * r) * b, P - 2n)) % P;
  const curve = v * v * v + A * v * v + v;
  // 1 for a square, else P − 1 (never 0): the lowest bit tells which.
  const [character = 0] = toLittleEndian(power(curve * blind() ** 2n, (P - 1n) / 2n));
  const isSquare = -(character & 1);
  const [square, other] = [toLittleEndian(v), toLittleEndian((2n * P - A - v) % P)];
  // Compute both and select by a mask: which one it is depends on the password.
  return square.map((byte, index) => (byte & isSquare) | ((other[index] ?? 0) & ~isSquare));
}

function toLittleEndian(value: bigint): Uint8Array {
  let rest = value;
  return Uint8Array.from({ length: 32 }, () => {
    const byte = Number(rest & 255n);
    rest >>= 8n;
    return byte;
  });
}
