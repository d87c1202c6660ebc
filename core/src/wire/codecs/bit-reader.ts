/**
 * Reads numbers bit by bit, the most significant bit first. Past the end there is `NaN`, from then on
 * and in everything that is computed with it: who reads a header need not ask at each step whether
 * there is more of it.
 */
export class BitReader {
  readonly #data: Uint8Array;
  /** Bits from the beginning; NaN past the end. */
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get isPastEnd(): boolean {
    return Number.isNaN(this.#at);
  }

  /**
   * A number of so many bits, which is exact up to 53. More than are left, or a count that is not a
   * number, leads past the end.
   */
  read(count: number): number {
    const end = this.#at + count;
    if (!(end <= this.#data.length * 8)) {
      this.#at = NaN;
      return NaN;
    }
    let value = 0;
    for (; this.#at < end; this.#at += 1) {
      value = value * 2 + (((this.#data[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** One bit as a flag; false past the end. */
  readFlag(): boolean {
    return this.read(1) === 1;
  }

  /**
   * An Exp-Golomb code: `ue(v)` in ITU-T H.264, 9.1, and `uvlc()` in AV1, 4.10.3. No number there has
   * 32 zeros before its first one (AV1 gives them a meaning that no encoder needs), and decoders do
   * not agree on how long such a code is: it leads past the end.
   */
  readExpGolomb(): number {
    let zeros = 0;
    let bit = this.read(1);
    for (; bit === 0; bit = this.read(1)) zeros += 1;
    return this.read(zeros < 32 ? zeros : NaN) + 2 ** zeros - 1;
  }
}
