import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CloseCode, decodeClose, encodeClose } from '../../src/secure/records.js';

const refused: unknown = expect.objectContaining({ code: 'RK_RECORD_INVALID' });

describe('a close record', () => {
  it('is u16 code and lv reason', () => {
    const bytes = encodeClose({ code: CloseCode.replaced, reason: 'ab' });
    expect([...bytes]).toEqual([0, 2, 0, 2, 0x61, 0x62]);
    expect(decodeClose(bytes)).toEqual({ code: 2, reason: 'ab' });
    expect(decodeClose(encodeClose({ code: 65_535, reason: '' }))).toEqual({
      code: 65_535,
      reason: '',
    });
  });

  it('truncates a long reason between characters', () => {
    const { reason } = decodeClose(encodeClose({ code: 0, reason: 'é'.repeat(150) }));
    expect(reason).toBe('é'.repeat(100));
    expect(decodeClose(encodeClose({ code: 0, reason: `a${'😀'.repeat(60)}` })).reason).toBe(
      `a${'😀'.repeat(49)}`,
    );
  });

  it('is refused if malformed', () => {
    const malformed = [
      [],
      [0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 0, 0, 1],
      [0, 0, 0, 1, 0xff],
      [0, 0, 0, 201, ...new Array<number>(201).fill(0x61)],
    ];
    for (const bytes of malformed) {
      expect(() => decodeClose(Uint8Array.from(bytes))).toThrow(refused);
    }
  });

  it('contains no terminal control characters', () => {
    const reason = 'bye\u001b[2J\u0007\n\u202eeyb';
    expect(decodeClose(encodeClose({ code: 0, reason })).reason).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('is decoded or refused for every input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          decodeClose(bytes);
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }),
    );
  });
});
