import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasCode, type Cipher } from '@roomkey/core';
import { aes256Gcm } from '../../../plugins/cipher-aes-gcm/src/aes-256-gcm.js';
import { concat } from '../../src/secure/bytes.js';
import {
  MAX_PLAINTEXT_BYTES,
  RECORD_HEADER_BYTES,
  RecordOpener,
  RecordSealer,
  RecordType,
  type RecordFields,
  type RecordOptions,
} from '../../src/secure/records.js';
import { forge, secret as peersSecret } from './forge-record.js';

const secret = (fill: number): Uint8Array => new Uint8Array(64).fill(fill);
/** What the header of a record of this type can say. */
const fieldsOf = (type: RecordType): RecordFields =>
  type === RecordType.data || type === RecordType.acknowledgement ? { type, stream: 1 } : { type };
const data = fieldsOf(RecordType.data);
const ping = fieldsOf(RecordType.ping);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Both ends of one direction. */
function direction(fill = 1, options: RecordOptions = {}) {
  const sealer = new RecordSealer(aes256Gcm, secret(fill), options);
  const opener = new RecordOpener(aes256Gcm, secret(fill), options);
  return {
    opener,
    seal: (value = 'hello', fields: RecordFields = data): Uint8Array =>
      concat(...sealer.seal(fields, [text(value)])),
    open: (record: Uint8Array): string => new TextDecoder().decode(opener.open(record).plaintext),
  };
}

type Direction = ReturnType<typeof direction>;

/** Expects the record to be refused, and every later one too, even a valid one. */
function expectRefused(to: Direction, record: Uint8Array, next: Uint8Array): void {
  expect(() => to.open(record)).toThrow(expect.objectContaining({ code: 'RK_RECORD_INVALID' }));
  expect(() => to.open(next)).toThrow(expect.objectContaining({ code: 'RK_CLOSED' }));
}

function changed(record: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = Uint8Array.from(record);
  copy[offset] = value;
  return copy;
}

function flipped(record: Uint8Array, bit: number): Uint8Array {
  return changed(record, bit >> 3, record[bit >> 3]! ^ (1 << (bit & 7)));
}

describe('a record', () => {
  it('has the protocol’s header, and is longer by header and tag', () => {
    const { seal } = direction();
    const records = [
      seal('a', { type: RecordType.data, stream: 0x1234, hasMore: true }),
      seal('a', { type: RecordType.acknowledgement, stream: 0xffff }),
      seal('bc', ping),
    ];
    const headers = records.map((record) => Buffer.from(record.subarray(0, 16)).toString('hex'));
    expect(headers).toEqual([
      '20' + '01' + '1234' + '00000000' + '0000000000000000',
      '21' + '00' + 'ffff' + '00000000' + '0000000000000001',
      '23' + '00' + '0000' + '00000000' + '0000000000000002',
    ]);
    expect(records[2]).toHaveLength(RECORD_HEADER_BYTES + 2 + 16);
  });

  it('opens to its plaintext and type', () => {
    const to = direction();
    for (const type of Object.values(RecordType)) {
      const fields = fieldsOf(type);
      const opened = to.opener.open(to.seal('x'.repeat(type), fields));
      expect(opened).toMatchObject({ stream: 0, hasMore: false, ...fields });
      expect(opened.plaintext.length).toBe(type);
    }
  });

  it('of data says its stream, and whether more of its unit follows', () => {
    const to = direction();
    for (const stream of [1, 2, 255, 256, 65_535]) {
      for (const hasMore of [true, false]) {
        const fields = { type: RecordType.data, stream, hasMore };
        expect(to.opener.open(to.seal('x', fields))).toMatchObject(fields);
      }
    }
  });

  it('takes any parts, as if they were joined', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.uint8Array({ maxLength: 40 }))), (records) => {
        const sealer = new RecordSealer(aes256Gcm, secret(1));
        const opener = new RecordOpener(aes256Gcm, secret(1));
        for (const parts of records) {
          const record = concat(...sealer.seal(data, parts));
          expect(concat(opener.open(record).plaintext)).toEqual(concat(...parts));
        }
      }),
    );
  });

  it('holds up to 16 KiB', () => {
    expect(MAX_PLAINTEXT_BYTES).toBe(16_384);
    const sealer = new RecordSealer(aes256Gcm, secret(1));
    const opener = new RecordOpener(aes256Gcm, secret(1));
    const most = new Uint8Array(MAX_PLAINTEXT_BYTES);
    const record = concat(...sealer.seal(data, [most]));
    expect(opener.open(record).plaintext.length).toBe(MAX_PLAINTEXT_BYTES);
    expect(() => sealer.seal(data, [most, new Uint8Array(1)])).toThrow(RangeError);
  });

  it('does not change when later ones are sealed, so it may wait in a send buffer', () => {
    const sealer = new RecordSealer(aes256Gcm, secret(1));
    const parts = sealer.seal(data, [text('first')]);
    const before = concat(...parts);
    for (let i = 0; i < 100; i += 1) sealer.seal(ping, [text('other')]);
    expect(concat(...parts)).toEqual(before);
  });

  it('never reuses a nonce, even after a failed seal', () => {
    const nonces: string[] = [];
    const spy: Cipher = {
      ...aes256Gcm,
      key: (raw) => {
        const key = aes256Gcm.key(raw);
        return {
          open: key.open.bind(key),
          seal: (nonce, aad, plaintext) => {
            nonces.push(Buffer.from(nonce).toString('hex'));
            if (nonces.length === 500) throw new Error('a fault');
            return key.seal(nonce, aad, plaintext);
          },
        };
      },
    };
    const sealer = new RecordSealer(spy, secret(1));
    for (let i = 1; i < 500; i += 1) sealer.seal(ping, []);
    expect(() => sealer.seal(ping, [])).toThrow('a fault');
    for (let i = 0; i < 500; i += 1) sealer.seal(ping, []);
    expect(new Set(nonces).size).toBe(1_000);
  });
});

describe('an attacker on the wire', () => {
  it.each([
    ['type, to another known one', 0, RecordType.acknowledgement],
    ['type, to an unknown one', 0, 31],
    ['flags, that more follows', 1, 1],
    ['flags, to an unknown one', 1, 2],
    ['stream, high', 2, 1],
    ['stream, low', 3, 2],
    ['stream, to none', 3, 0],
    ['epoch, to the next', 7, 1],
    ['epoch, far off', 4, 1],
    ['sequence number', 15, 1],
    ['sequence number, high', 8, 1],
  ])('cannot change the header: %s', (_, offset, value) => {
    const to = direction();
    const [record, next] = [to.seal(), to.seal()];
    expectRefused(to, changed(record, offset, value), next);
  });

  it('cannot flip any bit', () => {
    const length = direction().seal().length;
    for (let bit = 0; bit < length * 8; bit += 1) {
      const to = direction();
      expectRefused(to, flipped(to.seal(), bit), to.seal());
    }
  });

  it('cannot shorten a record or its tag, nor extend it', () => {
    const length = direction().seal().length;
    for (let rest = 0; rest < length; rest += 1) {
      const to = direction();
      expectRefused(to, to.seal().subarray(0, rest), to.seal());
    }
    const to = direction();
    expectRefused(to, concat(to.seal(), new Uint8Array(1)), to.seal());
    expect(() => direction().open(new Uint8Array(31))).toThrow(
      expect.objectContaining({ cause: new Error('it is too short') }),
    );
  });

  it('cannot have more than 16 KiB decrypted', () => {
    let opened = 0;
    const counting: Cipher = {
      ...aes256Gcm,
      key: () => ({
        seal: () => [],
        open: () => {
          opened += 1;
          return new Uint8Array(0);
        },
      }),
    };
    const opener = new RecordOpener(counting, secret(1));
    const record = new Uint8Array(RECORD_HEADER_BYTES + MAX_PLAINTEXT_BYTES + 1 + 16);
    record[0] = RecordType.data;
    record[3] = 1;
    expect(() => opener.open(record)).toThrow(
      expect.objectContaining({ cause: new Error('it is too long') }),
    );
    expect(opened).toBe(0);
  });

  it('cannot replay a record', () => {
    const to = direction();
    const [first, second] = [to.seal('1'), to.seal('2')];
    expect(to.open(first)).toBe('1');
    expectRefused(to, first, second);
  });

  it('cannot drop a record', () => {
    const to = direction();
    const [, second, third] = [to.seal('1'), to.seal('2'), to.seal('3')];
    expectRefused(to, second, third);
  });

  it('cannot reorder records', () => {
    const to = direction();
    const [first, second, third] = [to.seal('1'), to.seal('2'), to.seal('3')];
    expect(to.open(first)).toBe('1');
    expectRefused(to, third, second);
  });

  it('cannot reflect a record to its sender', () => {
    const [toGuest, toHost] = [direction(1), direction(2)];
    expectRefused(toGuest, toHost.seal(), toGuest.seal());
  });

  it('cannot inject records of a different session or connection', () => {
    const [here, there] = [direction(1), direction(3)];
    here.open(here.seal());
    there.open(there.seal());
    expectRefused(here, there.seal(), here.seal());
  });

  it('cannot use a record with the same number under a different key', () => {
    // The headers are identical; only the key differs.
    const [here, there] = [direction(1), direction(3)];
    const [a, b] = [here.seal(), there.seal()];
    expect(a.subarray(0, 16)).toEqual(b.subarray(0, 16));
    expectRefused(here, concat(a.subarray(0, 16), b.subarray(16)), here.seal());
  });
});

describe('a peer that has the keys and breaks the rules', () => {
  it.each([
    ['an unknown type', { type: 31 }],
    ['another unknown type', { type: 38 }],
    ['a handshake’s type', { type: 1 }],
    ['an unknown flag of data', { flags: 2 }],
    ['an unknown flag of data beside the known one', { flags: 0x81 }],
    ['more to follow an acknowledgement', { type: 33, flags: 1 }],
    ['more to follow a control message', { type: 34, flags: 1 }],
    ['data of no stream', { stream: 0 }],
    ['an acknowledgement of no stream', { type: 33, stream: 0 }],
    ['a control message of a stream', { type: 34, stream: 1 }],
    ['a ping of a stream', { type: 35, stream: 1 }],
    ['a route of a stream', { type: 36, stream: 1 }],
    ['a close of a stream', { type: 37, stream: 1 }],
    ['a number that was used', { seq: 0 }],
    ['a number that is not next', { seq: 2 }],
    ['a number that is far off', { seq: 2 ** 32 + 1 }],
  ])('is refused for %s, although the tag fits', (_, says) => {
    const honest = new RecordOpener(aes256Gcm, peersSecret());
    honest.open(forge(0, 0));
    expect(honest.open(forge(0, 1)).plaintext.length).toBe(3);
    for (let type = 32; type <= 37; type += 1) honest.open(forge(0, type - 30, { type }));
    const opener = new RecordOpener(aes256Gcm, peersSecret());
    opener.open(forge(0, 0));
    expect(() => opener.open(forge(0, 1, says))).toThrow(
      expect.objectContaining({ code: 'RK_RECORD_INVALID' }),
    );
  });
});

describe('the end of a direction', () => {
  it('erases the keys for opening and sealing', () => {
    const to = direction();
    const record = to.seal();
    to.opener.erase();
    to.opener.erase();
    expect(() => to.open(record)).toThrow(expect.objectContaining({ code: 'RK_CLOSED' }));
    const sealer = new RecordSealer(aes256Gcm, secret(1));
    sealer.erase();
    sealer.erase();
    expect(() => sealer.seal(ping, [])).toThrow(expect.objectContaining({ code: 'RK_CLOSED' }));
  });

  it('does not affect the caller’s secret, which was copied', () => {
    const mine = secret(9);
    const options = { limits: { records: 1, bytes: Infinity, age: Infinity } };
    const sealer = new RecordSealer(aes256Gcm, mine, options);
    const opener = new RecordOpener(aes256Gcm, mine, options);
    const records = new RecordSealer(aes256Gcm, secret(9), options);
    mine.fill(0);
    for (let i = 0; i < 3; i += 1) {
      const record = concat(...sealer.seal(data, [text('x')]));
      expect(record).toEqual(concat(...records.seal(data, [text('x')])));
      expect(opener.open(record).plaintext.length).toBe(1);
    }
  });

  it('after tampering is reported with a sentence for people and the cause', () => {
    const to = direction();
    let thrown: unknown;
    try {
      to.open(flipped(to.seal(), 200));
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, 'RK_RECORD_INVALID')).toBe(true);
    const { message, cause } = thrown as Error;
    expect(message).toBe('Someone on the network may be changing data. The call was stopped.');
    expect((cause as Error).message).toContain('its tag does not verify');
  });
});
