import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Cipher } from '@roomkey/core';
import { aes256Gcm } from '../../../plugins/cipher-aes-gcm/src/aes-256-gcm.js';
import { concat } from '../../src/secure/bytes.js';
import { expandLabel } from '../../src/secure/kdf.js';
import { forge, secret } from './forge-record.js';
import { RecordOpener, RecordSealer, RecordType } from '../../src/secure/records.js';
import { REKEY_LIMITS, TrafficEpoch, type RekeyLimits } from '../../src/secure/traffic-epoch.js';

/** Records the secrets that keys are derived from, which nothing else reveals. */
const kdf = vi.hoisted((): { onExpand: (secret: Uint8Array) => unknown } => ({
  onExpand: () => undefined,
}));
vi.mock(import('../../src/secure/kdf.js'), async (original) => {
  const real = await original();
  return {
    ...real,
    expandLabel: (from, label, length) => {
      kdf.onExpand(from);
      return real.expandLabel(from, label, length);
    },
  };
});
afterEach(() => (kdf.onExpand = () => undefined));

const never: RekeyLimits = { records: Infinity, bytes: Infinity, age: Infinity };
const refused: unknown = expect.objectContaining({ code: 'RK_RECORD_INVALID' });

/** Both ends, each with its own limits, and a shared clock. */
function ends(sealing: Partial<RekeyLimits>, opening: Partial<RekeyLimits> = sealing) {
  const clock = { time: 1_000 };
  const now = () => clock.time;
  const sealer = new RecordSealer(aes256Gcm, secret(), { now, limits: { ...never, ...sealing } });
  const opener = new RecordOpener(aes256Gcm, secret(), { now, limits: { ...never, ...opening } });
  return {
    clock,
    seal: (bytes = 10) =>
      concat(...sealer.seal({ type: RecordType.data, stream: 1 }, [new Uint8Array(bytes)])),
    open: (record: Uint8Array) => opener.open(record).plaintext.length,
  };
}

const epochOf = (record: Uint8Array) => Buffer.from(record).readUInt32BE(4);
const seqOf = (record: Uint8Array) => Number(Buffer.from(record).readBigUInt64BE(8));

describe('rekeying', () => {
  it('uses the limits of the protocol', () => {
    expect(REKEY_LIMITS).toEqual({ records: 2 ** 20, bytes: 4 * 2 ** 30, age: 10 * 60 * 1_000 });
  });

  it('happens after the limit of records, and sequence numbers continue', () => {
    const { seal, open } = ends({ records: 3 });
    const records = Array.from({ length: 10 }, () => seal());
    expect(records.map(epochOf)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
    expect(records.map(seqOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const record of records) expect(open(record)).toBe(10);
  });

  it('happens after the limit of bytes', () => {
    const { seal, open } = ends({ bytes: 100 });
    const records = [seal(60), seal(60), seal(60), seal(0), seal(40), seal(1)];
    expect(records.map(epochOf)).toEqual([0, 0, 1, 1, 1, 2]);
    for (const record of records) open(record);
  });

  it('happens after the limit of time', () => {
    const { clock, seal, open } = ends({ age: 600 });
    const first = seal();
    clock.time += 599;
    const second = seal();
    clock.time += 1;
    const third = seal();
    expect([first, second, third].map(epochOf)).toEqual([0, 0, 1]);
    for (const record of [first, second, third]) open(record);
  });

  it('follows the protocol’s formulas', () => {
    const { seal, open } = ends({ records: 2 });
    for (let seq = 0; seq < 6; seq += 1) {
      const record = forge(Math.floor(seq / 2), seq);
      expect(concat(seal(3))).toEqual(concat(record));
      expect(open(record)).toBe(3);
    }
  });

  it('uses nonces of iv XOR sequence number, also above 2^32', () => {
    const epoch = new TrafficEpoch(aes256Gcm, secret(), 0, 0);
    const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
    const iv = number(expandLabel(secret(), 'iv', 12));
    for (const seq of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, 2 ** 53 - 1]) {
      expect(number(epoch.nonce(seq))).toBe(iv ^ BigInt(seq));
    }
  });
});

describe('the opener', () => {
  it('refuses a skipped epoch, even with a valid tag', () => {
    const { open } = ends(never);
    expect(open(forge(0, 0))).toBe(3);
    expect(() => open(forge(2, 1))).toThrow(refused);
  });

  it('refuses the previous epoch after the new one', () => {
    const { open } = ends(never);
    open(forge(0, 0));
    open(forge(1, 1));
    expect(() => open(forge(0, 2))).toThrow(refused);
  });

  it('refuses the previous epoch’s number under the new key', () => {
    const { open } = ends(never);
    open(forge(0, 0));
    open(forge(1, 1));
    expect(() => open(forge(1, 2, { epoch: 0 }))).toThrow(refused);
  });

  it('does not change the epoch for a record that is not sealed under the new key', () => {
    const { open } = ends(never);
    open(forge(0, 0));
    const old = Buffer.from(forge(0, 1));
    old.writeUInt32BE(1, 4);
    expect(() => open(old)).toThrow(refused);
  });

  it('refuses all epochs except the current and the next', () => {
    for (const epoch of [2, 3, 2 ** 31, 2 ** 32 - 1]) {
      const { open } = ends(never);
      const record = Buffer.from(forge(0, 0));
      record.writeUInt32BE(epoch, 4);
      expect(() => open(record)).toThrow(refused);
    }
  });

  it('refuses the key after twice the limit of records', () => {
    const { seal, open } = ends(never, { records: 5 });
    for (let i = 0; i < 10; i += 1) open(seal());
    expect(() => open(seal())).toThrow(refused);
  });

  it('refuses the key after twice the limit of bytes', () => {
    const { seal, open } = ends(never, { bytes: 50 });
    for (let i = 0; i < 10; i += 1) open(seal(10));
    expect(() => open(seal())).toThrow(refused);
  });

  it('refuses the key after twice the limit of time', () => {
    const { clock, seal, open } = ends(never, { age: 600 });
    clock.time += 1_199;
    open(seal());
    clock.time += 1;
    expect(() => open(seal())).toThrow(refused);
  });

  it('accepts the new epoch however late', () => {
    const { clock, open } = ends(never, { age: 600, records: 1 });
    open(forge(0, 0));
    open(forge(0, 1));
    clock.time += 100_000;
    expect(open(forge(1, 2))).toBe(3);
    expect(open(forge(1, 3))).toBe(3);
    expect(() => open(forge(1, 4))).toThrow(refused);
  });

  it('restarts the counters in each epoch', () => {
    const { seal, open } = ends({ records: 7, bytes: 60 }, { records: 4, bytes: 35 });
    for (let i = 0; i < 100; i += 1) open(seal());
  });
});

describe('old secrets', () => {
  it('are erased on rekeying and at the end, together with their keys', () => {
    const handled = new Set<Uint8Array>();
    const spy: Cipher = {
      ...aes256Gcm,
      key: (raw) => {
        handled.add(raw);
        return aes256Gcm.key(raw);
      },
    };
    const used: Uint8Array[] = [];
    kdf.onExpand = (from) => used.push(from);
    const options = { limits: { ...never, records: 1 } };
    const sealer = new RecordSealer(spy, secret(), options);
    const opener = new RecordOpener(spy, secret(), options);
    for (let i = 0; i < 3; i += 1)
      opener.open(concat(...sealer.seal({ type: RecordType.ping }, [])));
    const isErased = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
    expect([...handled].map(isErased)).toEqual(new Array(6).fill(true));
    const secrets = [...new Set(used)];
    expect(secrets.length).toBe(6);
    expect(secrets.filter(isErased).length).toBe(4); // all but the one in use on each side
    sealer.erase();
    opener.erase();
    expect(secrets.every(isErased)).toBe(true);
  });

  it('are erased when a record is refused, together with the new secret tried for it', () => {
    const used: Uint8Array[] = [];
    kdf.onExpand = (from) => used.push(from);
    const opener = new RecordOpener(aes256Gcm, secret());
    const wrong = Buffer.from(forge(0, 0));
    wrong.writeUInt32BE(1, 4);
    used.length = 0;
    expect(() => opener.open(wrong)).toThrow(refused);
    expect(new Set(used).size).toBe(2);
    expect(used.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });
});
