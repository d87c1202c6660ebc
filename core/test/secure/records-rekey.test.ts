import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Cipher } from '@roomkey/core';
import { aes256Gcm } from '../../../plugins/cipher-aes-gcm/src/aes-256-gcm.js';
import { concat } from '../../src/secure/bytes.js';
import { expandLabel } from '../../src/secure/kdf.js';
import { forge, secret } from './forge-record.js';
import { RecordOpener, RecordSealer, RecordType } from '../../src/secure/records.js';
import { REKEY_LIMITS, TrafficEpoch, type RekeyLimits } from '../../src/secure/traffic-epoch.js';

/** Sees the secrets that keys are derived from, which nothing else gives away. */
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

/** Both ends with limits of their own and one clock. */
function ends(sealing: Partial<RekeyLimits>, opening: Partial<RekeyLimits> = sealing) {
  const clock = { time: 1_000 };
  const now = () => clock.time;
  const sealer = new RecordSealer(aes256Gcm, secret(), { now, limits: { ...never, ...sealing } });
  const opener = new RecordOpener(aes256Gcm, secret(), { now, limits: { ...never, ...opening } });
  return {
    clock,
    seal: (bytes = 10) => concat(...sealer.seal(RecordType.frame, [new Uint8Array(bytes)])),
    open: (record: Uint8Array) => opener.open(record).plaintext.length,
  };
}

const epochOf = (record: Uint8Array) => Buffer.from(record).readUInt32BE(4);
const seqOf = (record: Uint8Array) => Number(Buffer.from(record).readBigUInt64BE(8));

describe('rekeying', () => {
  it('has the limits of the protocol', () => {
    expect(REKEY_LIMITS).toEqual({ records: 2 ** 20, bytes: 4 * 2 ** 30, age: 10 * 60 * 1_000 });
  });

  it('comes after so many records, and the numbers go on', () => {
    const { seal, open } = ends({ records: 3 });
    const records = Array.from({ length: 10 }, () => seal());
    expect(records.map(epochOf)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3]);
    expect(records.map(seqOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const record of records) expect(open(record)).toBe(10);
  });

  it('comes after so many bytes', () => {
    const { seal, open } = ends({ bytes: 100 });
    const records = [seal(60), seal(60), seal(60), seal(0), seal(40), seal(1)];
    expect(records.map(epochOf)).toEqual([0, 0, 1, 1, 1, 2]);
    for (const record of records) open(record);
  });

  it('comes after so much time', () => {
    const { clock, seal, open } = ends({ age: 600 });
    const first = seal();
    clock.time += 599;
    const second = seal();
    clock.time += 1;
    const third = seal();
    expect([first, second, third].map(epochOf)).toEqual([0, 0, 1]);
    for (const record of [first, second, third]) open(record);
  });

  it('makes what the protocol’s formulas make', () => {
    const { seal, open } = ends({ records: 2 });
    for (let seq = 0; seq < 6; seq += 1) {
      const record = forge(Math.floor(seq / 2), seq);
      expect(concat(seal(3))).toEqual(concat(record));
      expect(open(record)).toBe(3);
    }
  });

  it('has nonces of iv XOR sequence number, also above 2^32', () => {
    const epoch = new TrafficEpoch(aes256Gcm, secret(), 0, 0);
    const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
    const iv = number(expandLabel(secret(), 'iv', 12));
    for (const seq of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, 2 ** 53 - 1]) {
      expect(number(epoch.nonce(seq))).toBe(iv ^ BigInt(seq));
    }
  });
});

describe('the opener', () => {
  it('refuses a jump of the epoch, however well it is sealed', () => {
    const { open } = ends(never);
    expect(open(forge(0, 0))).toBe(3);
    expect(() => open(forge(2, 1))).toThrow(refused);
  });

  it('refuses the old epoch after the new one', () => {
    const { open } = ends(never);
    open(forge(0, 0));
    open(forge(1, 1));
    expect(() => open(forge(0, 2))).toThrow(refused);
  });

  it('refuses the old epoch’s number under the new key', () => {
    const { open } = ends(never);
    open(forge(0, 0));
    open(forge(1, 1));
    expect(() => open(forge(1, 2, { epoch: 0 }))).toThrow(refused);
  });

  it('does not move on for a record that is not sealed under the new key', () => {
    const { open } = ends(never);
    open(forge(0, 0));
    const old = Buffer.from(forge(0, 1));
    old.writeUInt32BE(1, 4);
    expect(() => open(old)).toThrow(refused);
  });

  it('refuses the 2^32 epochs that are neither this nor the next', () => {
    for (const epoch of [2, 3, 2 ** 31, 2 ** 32 - 1]) {
      const { open } = ends(never);
      const record = Buffer.from(forge(0, 0));
      record.writeUInt32BE(epoch, 4);
      expect(() => open(record)).toThrow(refused);
    }
  });

  it('ends it when rekeying never comes: at twice the records', () => {
    const { seal, open } = ends(never, { records: 5 });
    for (let i = 0; i < 10; i += 1) open(seal());
    expect(() => open(seal())).toThrow(refused);
  });

  it('ends it when rekeying never comes: at twice the bytes', () => {
    const { seal, open } = ends(never, { bytes: 50 });
    for (let i = 0; i < 10; i += 1) open(seal(10));
    expect(() => open(seal())).toThrow(refused);
  });

  it('ends it when rekeying never comes: at twice the time', () => {
    const { clock, seal, open } = ends(never, { age: 600 });
    clock.time += 1_199;
    open(seal());
    clock.time += 1;
    expect(() => open(seal())).toThrow(refused);
  });

  it('takes the new epoch, however late', () => {
    const { clock, open } = ends(never, { age: 600, records: 1 });
    open(forge(0, 0));
    open(forge(0, 1));
    clock.time += 100_000;
    expect(open(forge(1, 2))).toBe(3);
    expect(open(forge(1, 3))).toBe(3);
    expect(() => open(forge(1, 4))).toThrow(refused);
  });

  it('counts anew in each epoch', () => {
    const { seal, open } = ends({ records: 7, bytes: 60 }, { records: 4, bytes: 35 });
    for (let i = 0; i < 100; i += 1) open(seal());
  });
});

describe('old secrets', () => {
  it('are erased on rekeying and at the end, with the keys made of them', () => {
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
    for (let i = 0; i < 3; i += 1) opener.open(concat(...sealer.seal(RecordType.ping, [])));
    const isErased = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
    expect([...handled].map(isErased)).toEqual(new Array(6).fill(true));
    const secrets = [...new Set(used)];
    expect(secrets.length).toBe(6);
    expect(secrets.filter(isErased).length).toBe(4); // all but the one in use on each side
    sealer.erase();
    opener.erase();
    expect(secrets.every(isErased)).toBe(true);
  });

  it('are erased when a record is refused, with the new one it was tried under', () => {
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
