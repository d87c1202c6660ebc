import {
  _map_to_curve_elligator2_curve25519,
  ed25519,
  x25519 as nobleX25519,
} from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '../../src/secure/bytes.js';
import {
  cpaceGenerator,
  cpaceGeneratorString,
  cpaceSessionKey,
  cpaceShare,
} from '../../src/secure/cpace.js';
import { elligator2 } from '../../src/secure/elligator2.js';
import { x25519, x25519PublicKey, x25519Secret } from '../../src/secure/x25519.js';
import { LOW_ORDER_POINTS, TOP_BIT_POINTS } from './low-order-points.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

// draft-irtf-cfrg-cpace, the test vector of CPACE-X25519-SHA512 (G_25519 in its testvectors.json).
const draft = {
  passwordSecret: utf8('Password'),
  channel: fromHex('0b415f696e69746961746f720b425f726573706f6e646572'),
  sessionId: fromHex('7e4b4791d6a8ef019b936c79fb7f2c57'),
  generator: 'd04bf6d41f6a289632a2e929fa29bebd51092512a7829fdde7d314b62f05a73f',
  scalarA: fromHex('21b4f4bd9e64ed355c3eb676a28ebedaf6d8f17bdc365995b319097153044080'),
  shareA: '1d13c89278cdadd826f6d8d7f887701430f8380ddc17611cdd6dc989ce0c9f32',
  shareB: '248cccf6d5cdc3646f0ad593f9e6cef4e69d4945f8372e623512ecea32185623',
  sessionKey:
    '6e19b875f7a561d6b3ca3dbb9ef42ac55de3e717881018204b8922b4d5e53bb2aa82c300bea7b65d2b671da71922ddf6472301b79bc270adfa8bf413285f2263',
};

describe('CPace', () => {
  it('gives the values of the draft’s test vector', () => {
    const { passwordSecret, channel, sessionId, scalarA } = draft;
    const generator = cpaceGenerator(passwordSecret, channel, sessionId);
    expect(toHex(generator)).toBe(draft.generator);
    expect(toHex(cpaceShare(scalarA, generator))).toBe(draft.shareA);
    const a = { share: fromHex(draft.shareA), associatedData: utf8('ADa') };
    const b = { share: fromHex(draft.shareB), associatedData: utf8('ADb') };
    expect(toHex(cpaceSessionKey(sessionId, scalarA, b.share, a, b))).toBe(draft.sessionKey);
  });

  it('pads the first hash block, and encodes lengths from 128 up in LEB128', () => {
    const length = (password: number) =>
      cpaceGeneratorString(new Uint8Array(password), new Uint8Array(0), new Uint8Array(0)).length;
    // lengths and values of DSI, PRS and padding are 128 bytes; CI and sid add a length each
    expect(length(0)).toBe(130);
    expect(length(100)).toBe(130);
    const long = cpaceGeneratorString(new Uint8Array(300), new Uint8Array(0), new Uint8Array(0));
    expect(toHex(long.subarray(9, 11))).toBe('ac02');
    expect(long).toHaveLength(9 + 2 + 300 + 3);
  });

  it.each(LOW_ORDER_POINTS)('refuses the low-order share %s', (point) => {
    const share = fromHex(point);
    const message = { share, associatedData: utf8('') };
    expect(() => x25519(x25519Secret(), share)).toThrow();
    expect(() =>
      cpaceSessionKey(draft.sessionId, x25519Secret(), share, message, message),
    ).toThrow();
  });

  it.each(TOP_BIT_POINTS)('ignores the top bit of $point', ({ point, product }) => {
    const scalar = fromHex('af46e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449aff');
    expect(toHex(x25519(scalar, fromHex(point)))).toBe(product);
  });
});

describe('Elligator2', () => {
  const P = ed25519.Point.Fp.ORDER;
  function reference(bytes: Uint8Array): string {
    const r = BigInt(`0x${toHex(bytes.slice().reverse())}`) & (2n ** 255n - 1n);
    const { xMn, xMd } = _map_to_curve_elligator2_curve25519(r % P);
    const { Fp } = ed25519.Point;
    return toHex(Fp.toBytes(Fp.mul(xMn, Fp.inv(xMd))));
  }

  it('agrees with @noble/curves', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        expect(toHex(elligator2(bytes))).toBe(reference(bytes));
      }),
      { numRuns: 200 },
    );
  });

  it.each(['00', '01', 'ed', 'ec', 'ff'])('agrees with @noble/curves at the edge %s…', (first) => {
    const rest = first === '00' || first === '01' ? '00'.repeat(31) : `${'ff'.repeat(30)}7f`;
    const bytes = fromHex(first + rest);
    expect(toHex(elligator2(bytes))).toBe(reference(bytes));
  });
});

describe('X25519', () => {
  it('agrees with @noble/curves', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (scalar, other) => {
        const point = nobleX25519.getPublicKey(other);
        expect(x25519(scalar, point)).toEqual(nobleX25519.getSharedSecret(scalar, point));
        expect(x25519PublicKey(scalar)).toEqual(nobleX25519.getPublicKey(scalar));
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 31, 33])('refuses a point of %i bytes', (length) => {
    expect(() => x25519(x25519Secret(), new Uint8Array(length).fill(9))).toThrow();
  });
});
