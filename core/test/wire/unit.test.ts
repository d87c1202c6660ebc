import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  audioHeader,
  bytesHeader,
  decodeAcknowledgement,
  encodeAcknowledgement,
  readAudioUnit,
  readBytesUnit,
  readVideoUnit,
  unitNumber,
  videoCodecNames,
  videoHeader,
  writeVideoHeader,
  type NumberedVideoUnit,
  type WireAudioUnit,
} from '../../src/wire/index.js';

const picture: NumberedVideoUnit = {
  codec: 'vp9',
  isKey: false,
  isDiscardable: true,
  number: 0x01020304,
  capturedAt: 1_700_000_000_000.125,
  width: 1280,
  height: 720,
  data: Uint8Array.of(9, 8, 7),
};

function encode(unit: NumberedVideoUnit): Uint8Array {
  return Uint8Array.from([...videoHeader(unit), ...unit.data]);
}

describe('a video unit', () => {
  test('has the layout of the protocol page', () => {
    expect(Buffer.from(encode(picture)).toString('hex')).toBe(
      '01' + '02' + '0004' + '01020304' + '00060a24181e407d' + '0500' + '02d0' + '090807',
    );
  });

  test('is read as it was written', () => {
    const unit = fc.record({
      codec: fc.constantFrom(...videoCodecNames),
      isKey: fc.boolean(),
      isDiscardable: fc.boolean(),
      number: fc.nat(2 ** 32 - 1),
      // Whole microseconds, as the wire has them.
      capturedAt: fc.nat(2 ** 41).map((eighths) => eighths / 8),
      width: fc.integer({ min: 1, max: 65_535 }),
      height: fc.integer({ min: 1, max: 65_535 }),
      data: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    });
    fc.assert(
      fc.property(unit, (made) => {
        const written = { ...made, isKey: made.isKey || made.codec === 'jpeg' };
        expect(readVideoUnit(encode(written))).toEqual(written);
      }),
    );
  });

  test('can be written in front of its data, without a copy', () => {
    const target = encode({ ...picture, number: 0 });
    writeVideoHeader(target, picture);
    expect(target).toEqual(encode(picture));
    expect(unitNumber(target)).toBe(picture.number);
    expect(readVideoUnit(target).data.buffer).toBe(target.buffer);
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ['nothing', () => new Uint8Array(0)],
    ['a header that is cut off', (bytes) => bytes.subarray(0, 19)],
    ['no picture', (bytes) => bytes.subarray(0, 20)],
    ['another layout', (bytes) => void (bytes[0] = 0)],
    ['an unknown flag', (bytes) => void (bytes[1] = 4)],
    ['a codec that there is not', (bytes) => void (bytes[3] = 6)],
    ['codec 0', (bytes) => void (bytes[3] = 0)],
    ['a delta unit of JPEG', (bytes) => void (bytes[3] = 1)],
    ['no columns', (bytes) => void bytes.fill(0, 16, 18)],
    ['no rows', (bytes) => void bytes.fill(0, 18, 20)],
  ])('with %s is refused', (_name, change) => {
    const bytes = encode(picture);
    expect(() => readVideoUnit(change(bytes) ?? bytes)).toThrow(RangeError);
  });

  test('that is random is refused or read, and breaks nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(readVideoUnit(bytes).data.length).toBe(bytes.length - 20);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a unit of sound', () => {
  const sound: WireAudioUnit = {
    sequence: 0xa0b0c0d0,
    capturedAt: 1_700_000_000_000.125,
    samples: 960,
    muted: true,
    data: Uint8Array.of(9, 8, 7),
  };
  const encoded = (unit: WireAudioUnit = sound, number = 0x01020304): Uint8Array =>
    Uint8Array.from([...audioHeader(unit, number), ...unit.data]);

  test('has the layout of the protocol page', () => {
    expect(Buffer.from(encoded()).toString('hex')).toBe(
      '02' + '05' + '0001' + '01020304' + '00060a24181e407d' + '03c0' + 'a0b0c0d0' + '090807',
    );
  });

  test('is read as it was written', () => {
    const unit = fc.record({
      sequence: fc.nat(2 ** 32 - 1),
      capturedAt: fc.nat(4_102_444_800_000),
      samples: fc.constantFrom(480, 960),
      muted: fc.boolean(),
      data: fc.uint8Array({ minLength: 1, maxLength: 1_275 }),
    });
    fc.assert(
      fc.property(unit, fc.nat(2 ** 32 - 1), (written, number) => {
        const bytes = encoded(written, number);
        expect(readAudioUnit(bytes)).toEqual(written);
        expect(unitNumber(bytes)).toBe(number);
      }),
    );
  });

  test.each([
    ['another layout', (bytes: Uint8Array) => void (bytes[0] = 1)],
    ['an unknown flag', (bytes: Uint8Array) => void (bytes[1] = 9)],
    ['the flag of video', (bytes: Uint8Array) => void (bytes[1] = 3)],
    ['no key flag', (bytes: Uint8Array) => void (bytes[1] = 4)],
    ['another codec', (bytes: Uint8Array) => void (bytes[3] = 2)],
    ['another length in time', (bytes: Uint8Array) => void (bytes[17] = 1)],
    ['no packet', (bytes: Uint8Array) => bytes.subarray(0, 22)],
    ['half a header', (bytes: Uint8Array) => bytes.subarray(0, 21)],
    ['a packet that is too long', () => encoded({ ...sound, data: new Uint8Array(1_276) })],
  ])('is refused with %s', (_, change) => {
    const bytes = encoded();
    expect(() => readAudioUnit(change(bytes) ?? bytes)).toThrow(RangeError);
  });
});

describe('a unit of bytes', () => {
  const message = { number: 3, capturedAt: 12.5, data: Uint8Array.of(1, 2) };
  const encoded = (): Uint8Array => Uint8Array.from([...bytesHeader(message), ...message.data]);

  test('has the layout of the protocol page, and is read as it was written', () => {
    expect(Buffer.from(encoded()).toString('hex')).toBe(
      '00' + '01' + '0000' + '00000003' + '00000000000030d4' + '0102',
    );
    expect(readBytesUnit(encoded())).toEqual(message);
  });

  test.each<[string, number, number]>([
    ['layout', 0, 1],
    ['flags', 1, 0],
    ['codec', 3, 1],
  ])('with another %s is refused', (_field, at, value) => {
    const bytes = encoded();
    bytes[at] = value;
    expect(() => readBytesUnit(bytes)).toThrow(RangeError);
  });
});

describe('an acknowledgement', () => {
  test('has the layout of the protocol page, and is read as it was written', () => {
    const said = { received: 5, consumed: 4, limit: 7, connectionBytes: 2 ** 40, arrivedAt: 0.5 };
    const bytes = encodeAcknowledgement(said);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '00000005' + '00000004' + '0000000000000007' + '0000010000000000' + '00000000000001f4',
    );
    expect(decodeAcknowledgement(bytes)).toEqual(said);
  });

  test('of more than a number can hold is refused', () => {
    const bytes = encodeAcknowledgement({
      received: 0,
      consumed: 0,
      limit: 0,
      connectionBytes: 0,
      arrivedAt: 0,
    });
    for (const at of [8, 16]) {
      const changed = Uint8Array.from(bytes);
      changed[at] = 0xff;
      expect(() => decodeAcknowledgement(changed)).toThrow(RangeError);
    }
  });
});
