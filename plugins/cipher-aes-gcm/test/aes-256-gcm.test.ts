import { createCipheriv, createDecipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { RoomkeyError, type AeadKey, type Cipher } from '@roomkey/core';
import { cipherConformance } from '@roomkey/core/conformance';
import plugin, { aes256Gcm } from '../src/index.js';
import { failingCases } from '../../../test/support/failing-cases.js';
import { describeWith } from '../../../test/support/optional.js';

describe('AES-256-GCM', () => {
  cipherConformance({ describe, test }, { create: () => aes256Gcm });

  it('is suite 1 with the sizes of RFC 5116', () => {
    const { suite, name, keyLength, nonceLength, tagLength } = aes256Gcm;
    expect({ suite, name, keyLength, nonceLength, tagLength }).toEqual({
      suite: 1,
      name: 'AES-256-GCM',
      keyLength: 32,
      nonceLength: 12,
      tagLength: 16,
    });
  });

  it('is provided by the plugin, without settings', () => {
    expect(plugin.provides.kind).toBe('cipher');
    expect(plugin.configSchema.safeParse({}).success).toBe(true);
    expect(plugin.configSchema.safeParse({ tagLength: 4 }).success).toBe(false);
  });
});

interface WycheproofGroup {
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly key: string;
    readonly iv: string;
    readonly aad: string;
    readonly msg: string;
    readonly ct: string;
    readonly tag: string;
    readonly result: 'valid' | 'invalid' | 'acceptable';
  }[];
}

describeWith('vectors', 'AES-256-GCM against Wycheproof', () => {
  it('agrees with every vector of its sizes', () => {
    const folder = process.env['ROOMKEY_VECTORS'] ?? '';
    const file = readFileSync(join(folder, 'wycheproof', 'aes_gcm_test.json'), 'utf8');
    const { testGroups } = JSON.parse(file) as { testGroups: WycheproofGroup[] };
    const groups = testGroups.filter(
      ({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128,
    );
    const counted = { valid: 0, invalid: 0, acceptable: 0 };
    for (const vector of groups.flatMap(({ tests }) => tests)) {
      const [key, iv, aad, msg, ct, tag] = (['key', 'iv', 'aad', 'msg', 'ct', 'tag'] as const).map(
        (field) => Buffer.from(vector[field], 'hex'),
      ) as Buffer[];
      const opener = aes256Gcm.key(key!);
      const sealed = Buffer.concat([ct!, tag!]);
      const what = `${vector.tcId} ${vector.comment}`;
      counted[vector.result] += 1;
      if (vector.result === 'valid') {
        expect(Buffer.concat(opener.seal(iv!, aad!, [msg!])).equals(sealed), what).toBe(true);
        expect(Buffer.from(opener.open(iv!, aad!, sealed)).equals(msg!), what).toBe(true);
      } else {
        expect(() => opener.open(iv!, aad!, sealed), what).toThrow(RoomkeyError);
      }
    }
    expect(counted.acceptable).toBe(0);
    expect(counted.valid).toBeGreaterThanOrEqual(30);
    expect(counted.invalid).toBeGreaterThanOrEqual(20);
  });
});

/** Our cipher with one fault. */
function broken(change: (key: AeadKey, raw: Uint8Array) => Partial<AeadKey>): Cipher {
  return {
    ...aes256Gcm,
    key: (raw) => {
      const good = aes256Gcm.key(raw);
      const { seal = good.seal.bind(good), open = good.open.bind(good) } = change(good, raw);
      return { seal, open };
    },
  };
}

const forged = new RoomkeyError('RK_CIPHER_FORGED', 'forged');

/** node:crypto without `authTagLength`: accepts short tags. */
function openWithAnyTag(raw: Uint8Array, tagLength: number): AeadKey['open'] {
  return (nonce, aad, sealed) => {
    try {
      const decipher = createDecipheriv('aes-256-gcm', raw, nonce);
      const split = Math.max(0, sealed.length - tagLength);
      decipher.setAAD(aad);
      decipher.setAuthTag(sealed.subarray(split));
      const plaintext = decipher.update(sealed.subarray(0, split));
      decipher.final();
      return plaintext;
    } catch {
      throw forged;
    }
  };
}

describe('the conformance kit notices a cipher that', () => {
  const faults: Record<string, readonly [Cipher, string]> = {
    'does not check the tag': [
      broken((_, raw) => ({
        open: (nonce, aad, sealed) => {
          if (sealed.length < 16 || nonce.length !== 12) throw forged;
          const decipher = createDecipheriv('aes-256-gcm', raw, nonce);
          decipher.setAAD(aad);
          return decipher.update(sealed.subarray(0, -16));
        },
      })),
      'refuses every flipped bit of ciphertext and tag',
    ],
    'does not authenticate the aad': [
      broken((good) => ({
        seal: (nonce, _, plaintext) => good.seal(nonce, new Uint8Array(0), plaintext),
        open: (nonce, _, sealed) => good.open(nonce, new Uint8Array(0), sealed),
      })),
      'refuses every flipped bit of the aad',
    ],
    'ignores a part of the nonce': [
      broken((good) => {
        const cut = (nonce: Uint8Array) => Uint8Array.from(nonce).fill(0, 11, 12);
        return {
          seal: (nonce, aad, plaintext) => good.seal(cut(nonce), aad, plaintext),
          open: (nonce, aad, sealed) => good.open(cut(nonce), aad, sealed),
        };
      }),
      'refuses every flipped bit of the nonce',
    ],
    'takes short tags': [
      broken((_, raw) => ({ open: openWithAnyTag(raw, 16) })),
      'refuses every truncated tag of an empty message',
    ],
    'ignores what comes after the message': [
      broken((good) => ({
        open: (nonce, aad, sealed) => {
          try {
            return good.open(nonce, aad, sealed);
          } catch {
            return good.open(nonce, aad, sealed.subarray(0, -1));
          }
        },
      })),
      'refuses extra bytes',
    ],
    'does not encrypt': [
      broken(() => ({
        seal: (_nonce, _aad, plaintext) => [...plaintext, new Uint8Array(16)],
        open: (_nonce, _aad, sealed) => sealed.slice(0, -16),
      })),
      'encrypts depending on key and nonce',
    ],
    'lends its memory': [
      broken((good) => {
        const memory = new Uint8Array(1 << 20);
        return {
          open: (nonce, aad, sealed) => {
            const plaintext = good.open(nonce, aad, sealed);
            memory.set(plaintext);
            return memory.subarray(0, plaintext.length);
          },
        };
      }),
      'returns plaintext in separate memory',
    ],
    'keeps the caller’s key': [
      broken((_, raw) => ({ open: (...args) => aes256Gcm.key(raw).open(...args) })),
      'copies the key',
    ],
    'forgets all parts but the first': [
      broken((good) => ({
        seal: (nonce, aad, plaintext) => good.seal(nonce, aad, plaintext.slice(0, 1)),
      })),
      'treats parts as if they were joined',
    ],
    'throws what node throws': [
      broken((_, raw) => ({
        open: (nonce, aad, sealed) => {
          const decipher = createDecipheriv('aes-256-gcm', raw, nonce, { authTagLength: 16 });
          decipher.setAAD(aad);
          decipher.setAuthTag(sealed.subarray(-16));
          const plaintext = decipher.update(sealed.subarray(0, -16));
          decipher.final();
          return plaintext;
        },
      })),
      'refuses every truncation',
    ],
    'makes tags of 12 bytes': [
      {
        ...broken((_, raw) => ({
          seal: (nonce, aad, plaintext) => {
            const cipher = createCipheriv('aes-256-gcm', raw, nonce, { authTagLength: 12 });
            cipher.setAAD(aad);
            const parts = plaintext.map((part) => cipher.update(part));
            cipher.final();
            return [...parts, cipher.getAuthTag()];
          },
          open: openWithAnyTag(raw, 12),
        })),
        tagLength: 12,
      },
      'has a suite number, a name and lengths within the contract',
    ],
  };
  for (const [name, [cipher, expected]] of Object.entries(faults)) {
    it(name, async () => {
      const failing = await failingCases((runner) =>
        cipherConformance(runner, { create: () => cipher }),
      );
      expect(failing).toContain(expected);
    });
  }

  it('has no fault: no case fails', async () => {
    const whole = broken(() => ({}));
    const failing = await failingCases((runner) =>
      cipherConformance(runner, { create: () => whole }),
    );
    expect(failing).toEqual([]);
  });
});
