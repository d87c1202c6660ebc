import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAcknowledgement,
  decodeFrame,
  encodeAcknowledgement,
  encodeFrame,
} from '../../src/call/media.js';
import { concat, fromHex, toHex } from '../../src/secure/bytes.js';

const everyCodec = ['jpeg', 'h264', 'vp8'] as const;
const invalid = expect.objectContaining({ code: 'RK_RECORD_INVALID' }) as Error;

describe('frame records', () => {
  it('have the layout of docs/protocol.md', () => {
    const parts = encodeFrame({
      number: 7,
      frame: {
        codec: 'jpeg',
        data: Uint8Array.of(0xff, 0xd8),
        width: 1280,
        height: 720,
        capturedAt: 1_700_000_000_000.25,
      },
    });
    expect(toHex(concat(...parts))).toBe('0100050002d000000000000700060a24181e40faffd8');
  });

  it.each([
    ['h264', true, '0201'],
    ['h264', false, '0200'],
    ['vp8', true, '0301'],
    ['vp8', false, '0300'],
  ] as const)('say %s and whether it is a key frame: %s', (codec, isKey, begin) => {
    const picture = { data: Uint8Array.of(9), width: 4, height: 3, capturedAt: 0 };
    const record = concat(...encodeFrame({ number: 1, frame: { codec, isKey, ...picture } }));
    expect(toHex(record)).toBe(`${begin}00040003000000000001${'00'.repeat(8)}09`);
  });

  it('come out as they went in', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 0, max: 4e15 }),
        fc.uint8Array({ minLength: 1 }),
        fc.oneof(
          fc.constant({ codec: 'jpeg' as const }),
          fc.record({ codec: fc.constantFrom('h264', 'vp8'), isKey: fc.boolean() }),
        ),
        (number, width, height, microseconds, data, encoding) => {
          const capturedAt = microseconds / 1000;
          const frame = { ...encoding, data, width, height, capturedAt };
          const decoded = decodeFrame(concat(...encodeFrame({ number, frame })), everyCodec);
          expect(decoded).toEqual({ number, frame });
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['no picture', '0100050002d00000000000070000000000000001'],
    ['codec 0', '0000050002d00000000000070000000000000001ff'],
    ['an unknown codec', '0400050002d00000000000070000000000000001ff'],
    ['a JPEG that is called a key frame', '0101050002d00000000000070000000000000001ff'],
    ['an unknown flag', '0202050002d00000000000070000000000000001ff'],
    ['an unknown flag beside the known one', '0381050002d00000000000070000000000000001ff'],
    ['a reserved field', '0100050002d00001000000070000000000000001ff'],
    ['no width', '0100000002d00000000000070000000000000001ff'],
    ['no height', '0100050000000000000000070000000000000001ff'],
  ])('are refused with %s', (_what, hex) => {
    expect(() => decodeFrame(fromHex(hex), everyCodec)).toThrow(invalid);
  });

  it.each([
    ['jpeg', 1, ['h264']],
    ['h264', 2, ['jpeg', 'vp8']],
    ['vp8', 3, ['jpeg', 'h264']],
  ] as const)('in %s are refused where that was not agreed on', (codec, number, others) => {
    const record = fromHex(`0${number}00050002d00000000000070000000000000001ff`);
    expect(decodeFrame(record, [codec]).frame.codec).toBe(codec);
    expect(() => decodeFrame(record, others)).toThrow(invalid);
  });

  it('of any bytes are refused or come out as the same bytes', () => {
    const few = (max: number) => fc.integer({ min: 0, max });
    const four = fc.uint8Array({ minLength: 4, maxLength: 4 });
    let taken = 0;
    fc.assert(
      fc.property(
        few(4),
        few(2),
        four,
        few(1),
        four,
        fc.uint8Array({ maxLength: 12 }),
        (...all) => {
          const [codec, flags, size, reserved, number, rest] = all;
          // A time of which a double holds every microsecond.
          const begin = Uint8Array.of(codec, flags, ...size, 0, reserved, ...number, 0, 5);
          const record = concat(begin, rest);
          let frame;
          try {
            frame = decodeFrame(record, everyCodec);
          } catch (error) {
            expect(error).toEqual(invalid);
            return;
          }
          taken += 1;
          expect(toHex(concat(...encodeFrame(frame)))).toBe(toHex(record));
        },
      ),
    );
    expect(taken).toBeGreaterThan(0);
  });
});

describe('acknowledgements', () => {
  it('come out as they went in, and no other length is taken', () => {
    expect(decodeAcknowledgement(encodeAcknowledgement(0xfffffffe))).toBe(0xfffffffe);
    expect(() => decodeAcknowledgement(new Uint8Array(3))).toThrow(invalid);
    expect(() => decodeAcknowledgement(new Uint8Array(5))).toThrow(invalid);
  });
});
