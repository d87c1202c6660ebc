/**
 * Reads fields from a message, front to back. Every field is a copy, since the message is only
 * lent. Throws a `RangeError` for malformed input; callers turn it into their own generic error.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `length` bytes. */
  bytes(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new RangeError('a field is cut off');
    const field = new Uint8Array(this.#bytes.subarray(this.#offset, end));
    this.#offset = end;
    return field;
  }

  u8(): number {
    return this.#view(1).getUint8(0);
  }

  u16(): number {
    return this.#view(2).getUint16(0);
  }

  u32(): number {
    return this.#view(4).getUint32(0);
  }

  /** `lv` of docs/protocol.md: `u16 length ‖ bytes`, with a length within these bounds. */
  lv(min: number, max: number): Uint8Array {
    const length = this.u16();
    if (length < min || length > max) throw new RangeError('a length is out of bounds');
    return this.bytes(length);
  }

  /** Call after the last field: throws if bytes are left over. */
  end(): void {
    if (this.#offset !== this.#bytes.length) throw new RangeError('there are bytes left over');
  }

  #view(length: number): DataView {
    return new DataView(this.bytes(length).buffer);
  }
}
