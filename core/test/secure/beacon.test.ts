import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBeacon, encodeBeacon, parseBeacon, type Beacon } from '../../src/secure/beacon.js';
import { identityFromSeed } from '../../src/secure/identity.js';
import { roomId, type RoomParameters } from '../../src/secure/room-parameters.js';
import { concat, u32, utf8 } from '../../src/secure/bytes.js';

const host = identityFromSeed(new Uint8Array(32).fill(1));
const stranger = identityFromSeed(new Uint8Array(32).fill(2));
const room: RoomParameters = {
  host: host.publicKey,
  salt: new Uint8Array(16).fill(3),
  mode: 1,
  iterations: 600_000,
};
const beacon: Beacon = {
  room,
  epoch: 1_790_000_000_000,
  sequence: 7,
  farewell: false,
  full: false,
  port: 50_000,
  minVersion: 1,
  maxVersion: 1,
  roomName: 'Lab',
  hostName: 'ada',
};
/** Offsets of the fields. */
const at = {
  flags: 5,
  length: 6,
  roomId: 8,
  iterations: 84,
  port: 88,
  minVersion: 90,
  challenge: 92,
  names: 108,
};

function refused(bytes: Uint8Array): void {
  expect(() => decodeBeacon(bytes)).toThrow(expect.objectContaining({ code: 'RK_BEACON_INVALID' }));
}

/**
 * Changes a beacon and signs it again, as its host could: the checks before the signature decide.
 */
function resigned(bytes: Uint8Array, change: (signed: Uint8Array) => Uint8Array): Uint8Array {
  const signed = change(bytes.slice(0, -64));
  new DataView(signed.buffer).setUint16(at.length, signed.length + 64);
  return concat(signed, host.sign(concat(utf8('roomkey/1 beacon'), signed)));
}

function patched(offset: number, patch: Uint8Array): (signed: Uint8Array) => Uint8Array {
  return (signed) => {
    signed.set(patch, offset);
    return signed;
  };
}

describe('a beacon', () => {
  test('decodes to the values that were encoded', () => {
    const bytes = encodeBeacon(beacon, host);
    expect(bytes.length).toBe(108 + 2 + 3 + 2 + 3 + 64);
    expect(decodeBeacon(bytes)).toMatchObject({ ...beacon, roomId: roomId(room) });
  });

  test('decodes to the same values for all fields', () => {
    const name = (maxBytes: number) =>
      fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: maxBytes })
        .filter((text) => utf8(text).length <= maxBytes);
    const versions = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 255 }));
    const anyBeacon = fc.record({
      room: fc.oneof(
        fc.constant(room),
        fc.constant<RoomParameters>({ ...room, mode: 0, iterations: 0 }),
      ),
      epoch: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      sequence: fc.nat({ max: 2 ** 32 - 1 }),
      farewell: fc.boolean(),
      full: fc.boolean(),
      challenge: fc.option(
        fc
          .uint8Array({ minLength: 16, maxLength: 16 })
          .filter((bytes) => bytes.some((byte) => byte !== 0)),
        { nil: undefined },
      ),
      port: fc.integer({ min: 1, max: 65_535 }),
      roomName: name(64),
      hostName: name(32),
    });
    fc.assert(
      fc.property(anyBeacon, versions, (fields, [a, b]) => {
        const sent = { ...fields, minVersion: Math.min(a, b), maxVersion: Math.max(a, b) };
        expect(decodeBeacon(encodeBeacon(sent, host))).toMatchObject(sent);
      }),
    );
  });

  test('with any flipped bit is refused', () => {
    const bytes = encodeBeacon(beacon, host);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      refused(changed);
    }
  });

  test('truncated anywhere, or with an extra byte, is refused', () => {
    const bytes = encodeBeacon(beacon, host);
    for (let length = 0; length < bytes.length; length += 1) refused(bytes.subarray(0, length));
    refused(concat(bytes, new Uint8Array(1)));
  });

  test('of random bytes is refused', () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.uint8Array({ minLength: 200, maxLength: 508 }).map((tail) => concat(utf8('RKB1'), tail)),
    );
    fc.assert(fc.property(garbage, refused));
  });

  test('of 513 bytes is refused even if all else is valid', () => {
    const grow = (signed: Uint8Array) => concat(signed, new Uint8Array(513 - 64 - signed.length));
    refused(resigned(encodeBeacon(beacon, host), grow));
  });

  test('that its host did not sign is refused only by the signature check', () => {
    const bytes = encodeBeacon(beacon, host);
    const signed = bytes.slice(0, -64);
    const signature = stranger.sign(concat(utf8('roomkey/1 beacon'), signed));
    const forged = concat(signed, signature);
    refused(forged);
    expect(parseBeacon(forged).isSignedByHost()).toBe(false);
    expect(() => encodeBeacon(beacon, stranger)).toThrow();
  });

  test('with a signature for a different context is refused', () => {
    const signed = encodeBeacon(beacon, host).slice(0, -64);
    refused(concat(signed, host.sign(signed)));
  });

  test.each([
    ['another room id', at.roomId, Uint8Array.of(0)],
    ['other flags: no password', at.flags, Uint8Array.of(0)],
    ['iter 1', at.iterations, u32(1)],
    ['iter 2³²−1', at.iterations, u32(2 ** 32 - 1)],
    ['port 0', at.port, Uint8Array.of(0, 0)],
    ['version 0', at.minVersion, Uint8Array.of(0)],
    ['versions the wrong way round', at.minVersion, Uint8Array.of(2, 1)],
    ['an empty room name', at.names, Uint8Array.of(0, 0)],
    ['a name longer than the beacon', at.names, Uint8Array.of(255, 255)],
    ['a name that is not UTF-8', at.names + 2, Uint8Array.of(0xff)],
    ['an overlong UTF-8 form', at.names + 2, Uint8Array.of(0xc0, 0xaf)],
    ['an epoch above 2⁵³', 24, Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0)],
    ['an unknown format version', 4, Uint8Array.of(2)],
  ])('signed, with %s, is refused', (_what, offset, patch) => {
    refused(resigned(encodeBeacon(beacon, host), patched(offset, patch)));
  });

  test.each([1, 2 ** 32 - 1])(
    'with %i iterations and a matching room id is refused',
    (iterations) => {
      // The id is computed from the parameters, so a malicious host can create a matching one.
      const id = roomId({ ...room, iterations });
      const bytes = resigned(encodeBeacon(beacon, host), (signed) =>
        patched(at.iterations, u32(iterations))(patched(at.roomId, id)(signed)),
      );
      refused(bytes);
    },
  );

  test('with a wrong length field is refused', () => {
    for (const length of [0, 1, 511, 513, 65_535]) {
      const signed = encodeBeacon(beacon, host).slice(0, -64);
      new DataView(signed.buffer).setUint16(at.length, length);
      refused(concat(signed, host.sign(concat(utf8('roomkey/1 beacon'), signed))));
    }
  });

  test('with bytes after the names is refused before its signature is checked', () => {
    const bytes = resigned(encodeBeacon(beacon, host), (signed) =>
      concat(signed, Uint8Array.of(0)),
    );
    expect(() => parseBeacon(bytes)).toThrow(
      expect.objectContaining({ code: 'RK_BEACON_INVALID' }),
    );
  });

  test('with a flag of a later version is accepted', () => {
    const bytes = resigned(encodeBeacon(beacon, host), patched(at.flags, Uint8Array.of(0x05)));
    expect(decodeBeacon(bytes)).toMatchObject(beacon);
  });

  test.each([
    ['roomName', ''],
    ['roomName', 'x'.repeat(65)],
    ['hostName', 'ä'.repeat(17)],
    ['port', 0],
    ['port', 65_537],
    ['sequence', 2 ** 32],
    ['epoch', 0.5],
    ['minVersion', 2],
  ] as const)('is not made with %s %j', (field, value) => {
    expect(() => encodeBeacon({ ...beacon, [field]: value }, host)).toThrow(
      expect.objectContaining({ code: 'RK_BEACON_INVALID' }),
    );
  });
});
