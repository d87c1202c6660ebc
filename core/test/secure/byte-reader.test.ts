import { describe, expect, it } from 'vitest';
import { ByteReader } from '../../src/secure/byte-reader.js';

describe('ByteReader', () => {
  it('reads fields in order, as copies', () => {
    const message = Buffer.from('0102030405060700020809', 'hex');
    const reader = new ByteReader(message);
    expect(reader.u8()).toBe(1);
    expect(reader.u16()).toBe(0x0203);
    expect(reader.u32()).toBe(0x04050607);
    const field = reader.lv(2, 2);
    reader.end();
    message.fill(0);
    expect(field).toEqual(Uint8Array.of(8, 9));
  });

  it('rejects truncated fields, lengths out of bounds and bytes left over', () => {
    const reader = () => new ByteReader(Uint8Array.of(0, 2, 7));
    expect(() => reader().u32()).toThrow(RangeError);
    expect(() => reader().bytes(4)).toThrow(RangeError);
    expect(() => reader().lv(0, 9)).toThrow(RangeError);
    expect(() => reader().lv(3, 9)).toThrow(RangeError);
    expect(() => reader().lv(0, 1)).toThrow(RangeError);
    expect(() => reader().end()).toThrow(RangeError);
  });
});
