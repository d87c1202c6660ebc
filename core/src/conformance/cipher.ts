import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AeadKey, Cipher } from '../contracts/index.js';
import { hasCode } from '../errors/index.js';
import type { TestRunner } from './runner.js';

/** Options of the cipher kit. */
export interface CipherConformanceOptions {
  create(): Cipher | Promise<Cipher>;
}

/** A cipher with one key, and a message sealed under it. */
interface Sample {
  readonly cipher: Cipher;
  readonly raw: Uint8Array;
  readonly key: AeadKey;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly sealed: Uint8Array;
}

/** The cases that every `Cipher` must pass. */
export function cipherConformance(runner: TestRunner, options: CipherConformanceOptions): void {
  const onSample = (name: string, body: (sample: Sample) => void): void => {
    runner.test(name, async () => {
      const cipher = await options.create();
      const raw = random(cipher.keyLength);
      const key = cipher.key(raw);
      const nonce = random(cipher.nonceLength);
      const [aad, plaintext] = [random(16), random(20)];
      const sealed = join(key.seal(nonce, aad, [plaintext]));
      body({ cipher, raw, key, nonce, aad, plaintext, sealed });
    });
  };
  runner.describe('Cipher: properties', () => describingCases(onSample));
  runner.describe('Cipher: sealing and opening', () => roundTripCases(onSample));
  runner.describe('Cipher: forgeries', () => forgeryCases(onSample));
  runner.describe('Cipher: memory ownership', () => memoryCases(onSample));
}

type SampleCase = (name: string, body: (sample: Sample) => void) => void;

function describingCases(onSample: SampleCase): void {
  onSample('has a suite number, a name and lengths within the contract', ({ cipher }) => {
    assert.ok(isWithin(cipher.suite, 1, 65_535), 'suite 1…65,535');
    assert.ok(cipher.name.length > 0, 'a name to show');
    assert.ok(isWithin(cipher.keyLength, 16, 64), 'a key of 16…64 bytes');
    assert.ok(isWithin(cipher.nonceLength, 8, 64), 'a nonce of 8…64 bytes');
    assert.ok(isWithin(cipher.tagLength, 16, 64), 'a tag of 16…64 bytes');
  });

  onSample('rejects a key or nonce of the wrong length', ({ cipher, key, nonce, aad }) => {
    for (const length of [0, cipher.keyLength - 1, cipher.keyLength + 1]) {
      assert.throws(() => cipher.key(random(length)), `a key of ${length} bytes`);
    }
    for (const length of [0, nonce.length - 1, nonce.length + 1]) {
      assert.throws(() => key.seal(random(length), aad, []), `a nonce of ${length} bytes`);
    }
  });
}

function roundTripCases(onSample: SampleCase): void {
  onSample('opens what it sealed, for every length', ({ cipher, key, aad }) => {
    for (const length of [0, 1, 15, 16, 17, 31, 32, 33, 255, 4_096, 65_536, 1 << 20]) {
      const [nonce, plaintext] = [random(cipher.nonceLength), random(length)];
      const sealed = join(key.seal(nonce, aad, [plaintext]));
      assert.equal(sealed.length, length + cipher.tagLength);
      assertBytes(key.open(nonce, aad, sealed), plaintext);
    }
  });

  onSample(
    'accepts an empty aad, no parts and empty parts',
    ({ cipher, key, nonce, plaintext }) => {
      const none = new Uint8Array(0);
      assertBytes(key.open(nonce, none, join(key.seal(nonce, none, [plaintext]))), plaintext);
      for (const parts of [[], [none], [none, none]]) {
        const sealed = join(key.seal(nonce, none, parts));
        assert.equal(sealed.length, cipher.tagLength);
        assert.equal(key.open(nonce, none, sealed).length, 0);
      }
    },
  );

  onSample('treats parts as if they were joined', ({ key, nonce, aad, plaintext, sealed }) => {
    for (const cuts of [[1], [7, 7], [16], [5, 16, 19]]) {
      const edges = [0, ...cuts, plaintext.length];
      const parts = edges.slice(1).map((edge, i) => plaintext.subarray(edges[i], edge));
      assertBytes(join(key.seal(nonce, aad, parts)), sealed);
    }
  });

  onSample(
    'encrypts depending on key and nonce',
    ({ cipher, key, nonce, aad, plaintext, sealed }) => {
      const ciphertext = sealed.subarray(0, plaintext.length);
      assert.notDeepEqual(toPlain(ciphertext), toPlain(plaintext));
      const underOtherNonce = join(key.seal(flipped(nonce, 0), aad, [plaintext]));
      assert.notDeepEqual(
        toPlain(underOtherNonce.subarray(0, plaintext.length)),
        toPlain(ciphertext),
      );
      const otherKey = cipher.key(random(cipher.keyLength));
      const underOtherKey = join(otherKey.seal(nonce, aad, [plaintext]));
      assert.notDeepEqual(
        toPlain(underOtherKey.subarray(0, plaintext.length)),
        toPlain(ciphertext),
      );
    },
  );

  onSample(
    'keeps nothing from one message to the next',
    ({ key, nonce, aad, plaintext, sealed }) => {
      key.seal(flipped(nonce, 3), aad, [random(100)]);
      assertForged(() => key.open(nonce, aad, flipped(sealed, 0)));
      assertBytes(join(key.seal(nonce, aad, [plaintext])), sealed);
      assertBytes(key.open(nonce, aad, sealed), plaintext);
      assertBytes(key.open(nonce, aad, sealed), plaintext);
    },
  );
}

function forgeryCases(onSample: SampleCase): void {
  onSample('refuses every flipped bit of ciphertext and tag', ({ key, nonce, aad, sealed }) => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      assertForged(() => key.open(nonce, aad, flipped(sealed, bit)), `bit ${bit}`);
    }
  });

  onSample('refuses every flipped bit of the aad', ({ key, nonce, aad, sealed }) => {
    for (let bit = 0; bit < aad.length * 8; bit += 1) {
      assertForged(() => key.open(nonce, flipped(aad, bit), sealed), `bit ${bit}`);
    }
    assertForged(() => key.open(nonce, aad.subarray(1), sealed));
    assertForged(() => key.open(nonce, new Uint8Array(0), sealed));
    assertForged(() => key.open(nonce, join([aad, new Uint8Array(1)]), sealed));
  });

  onSample('refuses every flipped bit of the nonce', ({ key, nonce, aad, sealed }) => {
    for (let bit = 0; bit < nonce.length * 8; bit += 1) {
      assertForged(() => key.open(flipped(nonce, bit), aad, sealed), `bit ${bit}`);
    }
  });

  onSample('refuses a nonce of the wrong length', ({ key, nonce, aad, sealed }) => {
    assertForged(() => key.open(nonce.subarray(1), aad, sealed));
    assertForged(() => key.open(join([nonce, new Uint8Array(1)]), aad, sealed));
    assertForged(() => key.open(new Uint8Array(0), aad, sealed));
  });

  onSample('refuses a different key', ({ cipher, raw, nonce, aad, sealed }) => {
    assertForged(() => cipher.key(flipped(raw, 0)).open(nonce, aad, sealed));
    assertForged(() => cipher.key(flipped(raw, raw.length * 8 - 1)).open(nonce, aad, sealed));
  });

  onSample('refuses every truncation', ({ key, nonce, aad, sealed }) => {
    for (let length = 0; length < sealed.length; length += 1) {
      assertForged(() => key.open(nonce, aad, sealed.subarray(0, length)), `${length} bytes`);
      assertForged(() => key.open(nonce, aad, sealed.subarray(length + 1)), `from ${length + 1}`);
    }
  });

  onSample('refuses every truncated tag of an empty message', (sample) => {
    const { key, nonce, aad, cipher } = sample;
    const tag = join(key.seal(nonce, aad, []));
    for (let length = 0; length < cipher.tagLength; length += 1) {
      assertForged(() => key.open(nonce, aad, tag.subarray(0, length)), `${length} bytes`);
    }
  });

  onSample('refuses extra bytes', ({ key, nonce, aad, sealed }) => {
    const zero = new Uint8Array(1);
    assertForged(() => key.open(nonce, aad, join([sealed, zero])));
    assertForged(() => key.open(nonce, aad, join([zero, sealed])));
  });

  onSample('separates aad from ciphertext', ({ key, nonce, aad, plaintext }) => {
    const sealed = join(key.seal(nonce, aad, [plaintext]));
    const moved = join([aad.subarray(8), sealed]);
    assertForged(() => key.open(nonce, aad.subarray(0, 8), moved));
    assertForged(() => key.open(nonce, join([aad, sealed.subarray(0, 4)]), sealed.subarray(4)));
  });
}

function memoryCases(onSample: SampleCase): void {
  onSample('copies the key', ({ cipher, raw, nonce, aad, plaintext, sealed }) => {
    const bytes = Uint8Array.from(raw);
    const key = cipher.key(bytes);
    bytes.fill(0);
    assertBytes(key.open(nonce, aad, sealed), plaintext);
  });

  onSample('returns plaintext in separate memory', ({ key, nonce, aad, plaintext, sealed }) => {
    const lent = Uint8Array.from(sealed);
    const opened = key.open(nonce, aad, lent);
    lent.fill(0xff);
    assertBytes(opened, plaintext);
    key.open(nonce, aad, sealed).fill(0xff);
    assertBytes(opened, plaintext);
  });

  onSample(
    'returns ciphertext that later calls do not change',
    ({ key, nonce, aad, plaintext }) => {
      const parts = key.seal(nonce, aad, [plaintext]);
      const before = join(parts);
      key.seal(flipped(nonce, 5), aad, [random(plaintext.length)]);
      assertBytes(join(parts), before);
    },
  );

  onSample('leaves its arguments unchanged', ({ key, nonce, aad, plaintext, sealed }) => {
    const copies = [nonce, aad, plaintext, sealed].map((bytes) => Uint8Array.from(bytes));
    key.seal(nonce, aad, [plaintext]);
    key.open(nonce, aad, sealed);
    assertForged(() => key.open(nonce, aad, sealed.subarray(1)));
    [nonce, aad, plaintext, sealed].forEach((bytes, i) => {
      assertBytes(bytes, copies[i] ?? new Uint8Array(0));
    });
  });

  onSample('accepts views at any offset', (sample) => {
    const { key, nonce, aad, plaintext, sealed } = sample;
    const [n, a, p, s] = [nonce, aad, plaintext, sealed].map((bytes) =>
      join([random(3), bytes, random(5)]).subarray(3, 3 + bytes.length),
    );
    assert.ok(n && a && p && s);
    assertBytes(join(key.seal(n, a, [p])), sealed);
    assertBytes(key.open(n, a, s), plaintext);
  });
}

function assertForged(open: () => unknown, what?: string): void {
  assert.throws(open, (error) => hasCode(error, 'RK_CIPHER_FORGED'), what);
}

function assertBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(Buffer.from(actual).equals(expected), 'the bytes differ');
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}

function toPlain(bytes: Uint8Array): number[] {
  return Array.from(bytes);
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
