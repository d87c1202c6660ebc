import { pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { fromHex, toHex } from '../../src/secure/bytes.js';
import { cpaceGenerator, cpaceSessionKey, cpaceShare } from '../../src/secure/cpace.js';
import { verifySignature } from '../../src/secure/identity.js';
import { hkdfExpand, hkdfExtract } from '../../src/secure/kdf.js';
import { x25519 } from '../../src/secure/x25519.js';
import { describeWith } from '../../../test/support/optional.js';
import { LOW_ORDER_POINTS, TOP_BIT_POINTS } from './low-order-points.js';

const hex = z.string().transform((text) => fromHex(text));
const result = z.enum(['valid', 'invalid', 'acceptable']);

function read<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  const path = join(process.env['ROOMKEY_VECTORS'] ?? '', file);
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** The groups of a Wycheproof file; checks their count so that no case is lost. */
function wycheproof<G extends z.ZodType<{ tests: unknown[] }>>(file: string, group: G) {
  const { numberOfTests } = read(
    `wycheproof/${file}.json`,
    z.object({ numberOfTests: z.number() }),
  );
  const schema = z.object({ testGroups: z.array(group) });
  const groups = read(`wycheproof/${file}.json`, schema).testGroups as z.infer<G>[];
  expect(groups.flatMap(({ tests }) => tests)).toHaveLength(numberOfTests);
  return groups;
}

describeWith('vectors', 'published test vectors', () => {
  it('CPace: G_25519 of the draft', () => {
    const { G_25519: v } = read(
      'cpace/testvectors.json',
      z.object({ G_25519: z.record(z.string(), hex) }),
    );
    const field = (name: string) => v[name]!;
    const sid = field('sid');
    const generator = cpaceGenerator(field('PRS'), field('CI'), sid);
    expect(generator).toEqual(field('g'));
    expect(cpaceShare(field('ya'), generator)).toEqual(field('Ya'));
    expect(cpaceShare(field('yb'), generator)).toEqual(field('Yb'));
    expect(x25519(field('ya'), field('Yb'))).toEqual(field('K'));
    const a = { share: field('Ya'), associatedData: field('ADa') };
    const b = { share: field('Yb'), associatedData: field('ADb') };
    expect(cpaceSessionKey(sid, field('ya'), b.share, a, b)).toEqual(field('ISK_IR'));
    expect(cpaceSessionKey(sid, field('yb'), a.share, a, b)).toEqual(field('ISK_IR'));
  });

  it('CPace: the tests use all twelve X25519_points of the draft', () => {
    const { X25519_points: points } = read(
      'cpace/testvectors.json',
      z.object({ X25519_points: z.record(z.string(), hex) }),
    );
    const used = [...LOW_ORDER_POINTS, ...TOP_BIT_POINTS.map(({ point }) => point)];
    expect(Object.values(points).map(toHex).sort()).toEqual(used.sort());
    expect(used).toHaveLength(12);
  });

  it('Wycheproof: X25519', () => {
    const groups = wycheproof(
      'x25519_test',
      z.object({
        curve: z.literal('curve25519'),
        tests: z.array(
          z.object({
            tcId: z.number(),
            public: hex,
            private: hex,
            shared: hex,
            flags: z.array(z.string()),
          }),
        ),
      }),
    );
    const cases = groups.flatMap(({ tests }) => tests);
    let refused = 0;
    for (const { tcId, flags, ...test } of cases) {
      const run = () => x25519(test.private, test.public);
      if (flags.includes('ZeroSharedSecret')) {
        expect(run, `case ${tcId}`).toThrow();
        refused += 1;
      } else {
        expect(toHex(run()), `case ${tcId}`).toBe(toHex(test.shared));
      }
    }
    expect({ cases: cases.length, refused }).toEqual({ cases: 518, refused: 31 });
  });

  it('Wycheproof: Ed25519', () => {
    const groups = wycheproof(
      'ed25519_test',
      z.object({
        publicKey: z.object({ pk: hex }),
        tests: z.array(z.object({ tcId: z.number(), msg: hex, sig: hex, result })),
      }),
    );
    for (const { publicKey, tests } of groups) {
      for (const { tcId, msg, sig, result: expected } of tests) {
        const isValid = verifySignature(publicKey.pk, msg, sig);
        expect(isValid, `case ${tcId}`).toBe(expected === 'valid');
      }
    }
  });

  it('Wycheproof: HKDF-SHA-512', () => {
    const groups = wycheproof(
      'hkdf_sha512_test',
      z.object({
        tests: z.array(
          z.object({
            tcId: z.number(),
            ikm: hex,
            salt: hex,
            info: hex,
            size: z.number(),
            okm: hex,
          }),
        ),
      }),
    );
    const cases = groups.flatMap(({ tests }) => tests);
    // HKDF, and hkdfExpand, end at 16,320 bytes.
    const inRange = cases.filter(({ size }) => size <= 255 * 64);
    for (const { tcId, ikm, salt, info, size, okm } of inRange) {
      const output = hkdfExpand(hkdfExtract(salt, ikm), info, size);
      expect(toHex(output), `case ${tcId}`).toBe(toHex(okm));
    }
    expect({ all: cases.length, inRange: inRange.length }).toEqual({ all: 83, inRange: 80 });
  });

  it('Wycheproof: PBKDF2-HMAC-SHA256', () => {
    // derivePasswordSecret refuses these small iteration counts, so they go to the Node function
    // that it calls.
    const groups = wycheproof(
      'pbkdf2_hmacsha256_test',
      z.object({
        tests: z.array(
          z.object({
            tcId: z.number(),
            password: hex,
            salt: hex,
            iterationCount: z.number(),
            dkLen: z.number(),
            dk: hex,
          }),
        ),
      }),
    );
    const cases = groups.flatMap(({ tests }) => tests);
    for (const { tcId, password, salt, iterationCount, dkLen, dk } of cases) {
      const output = pbkdf2Sync(password, salt, iterationCount, dkLen, 'sha256');
      expect(output.toString('hex'), `case ${tcId}`).toBe(toHex(dk));
    }
    expect(cases).toHaveLength(60);
  });
});
