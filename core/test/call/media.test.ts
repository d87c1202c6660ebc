import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeAcknowledgement,
  decodeFrame,
  encodeAcknowledgement,
  encodeFrame,
} from '../../src/call/media.js';
import { concat, fromHex, toHex } from '../../src/secure/bytes.js';

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

  it('come out as they went in', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffffffff),
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 1, max: 65_535 }),
        fc.integer({ min: 0, max: 4e15 }),
        fc.uint8Array({ minLength: 1 }),
        (number, width, height, microseconds, data) => {
          const capturedAt = microseconds / 1000;
          const frame = { codec: 'jpeg', data, width, height, capturedAt } as const;
          const decoded = decodeFrame(concat(...encodeFrame({ number, frame })));
          expect(decoded).toEqual({ number, frame });
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['no picture', '0100050002d00000000000070000000000000001'],
    ['an unknown codec', '0200050002d00000000000070000000000000001ff'],
    ['a flag', '0101050002d00000000000070000000000000001ff'],
    ['a reserved field', '0100050002d00001000000070000000000000001ff'],
    ['no width', '0100000002d00000000000070000000000000001ff'],
    ['no height', '0100050000000000000000070000000000000001ff'],
  ])('are refused with %s', (_what, hex) => {
    expect(() => decodeFrame(fromHex(hex))).toThrow(invalid);
  });
});

describe('acknowledgements', () => {
  it('come out as they went in, and no other length is taken', () => {
    expect(decodeAcknowledgement(encodeAcknowledgement(0xfffffffe))).toBe(0xfffffffe);
    expect(() => decodeAcknowledgement(new Uint8Array(3))).toThrow(invalid);
    expect(() => decodeAcknowledgement(new Uint8Array(5))).toThrow(invalid);
  });
});
