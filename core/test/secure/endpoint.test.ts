import { createDecipheriv, hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, u64, utf8 } from '../../src/secure/bytes.js';
import { openEndpoint, sealEndpoint, type Endpoint } from '../../src/secure/endpoint.js';
import { identityFromSeed } from '../../src/secure/identity.js';
import { roomId, type RoomParameters } from '../../src/secure/room-parameters.js';
import { testCipher } from './aes-gcm.js';

const host = identityFromSeed(new Uint8Array(32).fill(1));
const stranger = identityFromSeed(new Uint8Array(32).fill(2));
const room: RoomParameters = {
  host: host.publicKey,
  salt: new Uint8Array(16).fill(3),
  mode: 0,
  iterations: 0,
};
const otherRoom: RoomParameters = { ...room, salt: new Uint8Array(16).fill(4) };
const seal = { directoryKey: new Uint8Array(32).fill(5), cipher: testCipher() };
const endpoint: Endpoint = {
  addresses: [
    { host: '192.0.2.1', port: 50_000 },
    { host: '2001:db8::1', port: 50_000 },
  ],
  revision: 10,
  expiresAt: 1_000,
};
const limits = { now: 999, newestSeen: 10 };
const record = sealEndpoint(endpoint, room, host, seal);
const refusal: unknown = expect.objectContaining({ code: 'RK_ENDPOINT_INVALID' });

function refused(bytes: Uint8Array, at = limits, of = room, by = seal): void {
  expect(() => openEndpoint(bytes, of, by, at)).toThrow(refusal);
}

/** Changes a record and signs it again, as its host could: only the seal decides. */
function resigned(change: (signed: Uint8Array) => void): Uint8Array {
  const signed = record.slice(0, -64);
  change(signed);
  const signature = host.sign(concat(utf8('roomkey/1 endpoint'), roomId(room), signed));
  return concat(signed, signature);
}

describe('an endpoint record', () => {
  test('opens to the endpoint that was sealed', () => {
    expect(openEndpoint(record, room, seal, limits)).toEqual(endpoint);
  });

  test('opens to the same endpoint for all addresses', () => {
    const address = fc.record({
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant('fe80::1%eth0')),
      port: fc.integer({ min: 1, max: 65_535 }),
    });
    const anyEndpoint = fc.record({
      addresses: fc.array(address, { minLength: 1, maxLength: 16 }),
      revision: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      expiresAt: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    });
    fc.assert(
      fc.property(anyEndpoint, (given) => {
        const bytes = sealEndpoint(given, room, host, seal);
        const { revision, expiresAt } = given;
        const at = { now: expiresAt - 1, newestSeen: revision };
        expect(openEndpoint(bytes, room, seal, at)).toEqual(given);
      }),
    );
  });

  test('never has the same ciphertext twice, and shows no address', () => {
    const again = sealEndpoint(endpoint, room, host, seal);
    expect(again).not.toEqual(record);
    expect(Buffer.from(again).includes('192.0.2.1')).toBe(false);
  });

  test('with any flipped bit is refused', () => {
    for (let bit = 0; bit < record.length * 8; bit += 1) {
      const changed = Uint8Array.from(record);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      refused(changed);
    }
  });

  test('truncated anywhere, with an extra byte, or of random bytes, is refused', () => {
    for (let length = 0; length < record.length; length += 1) refused(record.subarray(0, length));
    refused(concat(record, new Uint8Array(1)));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => refused(bytes)));
  });

  test('is laid out as docs/protocol.md says', () => {
    // Parsed here without core's code.
    const id = Buffer.from(roomId(room));
    const salt = record.subarray(1, 17);
    const info = Buffer.concat([Buffer.from('roomkey/1 endpoint'), id]);
    const output = Buffer.from(hkdfSync('sha512', seal.directoryKey, salt, info, 44));
    const [key, nonce] = [output.subarray(0, 32), output.subarray(32)];
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(Buffer.concat([record.subarray(0, 1), id, record.subarray(17, 33)]));
    decipher.setAuthTag(record.subarray(-80, -64));
    const plaintext = Buffer.concat([decipher.update(record.subarray(33, -80)), decipher.final()]);
    expect(record[0]).toBe(1);
    expect(Buffer.from(record).readBigUInt64BE(17)).toBe(10n);
    expect(Buffer.from(record).readBigUInt64BE(25)).toBe(1_000n);
    expect(plaintext.toString('latin1')).toBe(
      '\x02\x00\x09192.0.2.1\xc3\x50\x00\x0b2001:db8::1\xc3\x50',
    );
  });

  test('moved to a different room is refused by its signature', () => {
    expect(() => openEndpoint(record, otherRoom, seal, limits)).toThrow('did not sign it');
  });

  test('moved to a different room of the same host, and signed for it, is refused by its seal', () => {
    const signed = record.slice(0, -64);
    const signature = host.sign(concat(utf8('roomkey/1 endpoint'), roomId(otherRoom), signed));
    refused(concat(signed, signature), limits, otherRoom);
  });

  test('signed by a different identity is refused', () => {
    refused(sealEndpoint(endpoint, room, stranger, seal));
  });

  test('that has expired is refused', () => {
    refused(record, { now: 1_000, newestSeen: 0 });
  });

  test('with an older revision than seen before is refused', () => {
    refused(record, { now: 0, newestSeen: 11 });
  });

  test('with a changed expiry or revision is refused by its seal', () => {
    refused(resigned((signed) => signed.set(u64(2_000), 25)));
    refused(resigned((signed) => signed.set(u64(11), 17)));
    expect(
      openEndpoint(
        resigned(() => undefined),
        room,
        seal,
        limits,
      ),
    ).toEqual(endpoint);
  });

  test('of a different directory is refused', () => {
    refused(record, limits, room, { ...seal, directoryKey: new Uint8Array(32).fill(6) });
  });

  test('is neither sealed nor opened with a different cipher', () => {
    const other = { ...seal, cipher: testCipher(2) };
    expect(() => sealEndpoint(endpoint, room, host, other)).toThrow(refusal);
    refused(record, limits, room, other);
  });

  test.each<[string, Partial<Endpoint>]>([
    ['no address', { addresses: [] }],
    ['17 addresses', { addresses: Array(17).fill({ host: '192.0.2.1', port: 1 }) }],
    ['a name', { addresses: [{ host: 'ada.example', port: 1 }] }],
    ['port 0', { addresses: [{ host: '192.0.2.1', port: 0 }] }],
    ['port 65,536', { addresses: [{ host: '192.0.2.1', port: 65_536 }] }],
    ['a negative revision', { revision: -1 }],
    ['an expiry that is no integer', { expiresAt: 0.5 }],
  ])('is not made with %s', (_what, change) => {
    expect(() => sealEndpoint({ ...endpoint, ...change }, room, host, seal)).toThrow(refusal);
  });
});
