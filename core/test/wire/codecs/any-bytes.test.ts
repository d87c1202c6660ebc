import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isWithinPixelLimit,
  videoCodecNames,
  videoCodecs,
  type VideoCodec,
} from '../../../src/wire/codecs/index.js';
import { delimiter, frameHeader, obu, sequenceHeader } from './av1-obus.js';
import { concat } from './bits.js';
import { superframe, vp9Frame } from './vp9-frames.js';

const size = { width: 640, height: 360 };
const vp9Units = [
  vp9Frame({ type: 'key', profile: 3, ...size }),
  vp9Frame({ type: 'intra-only', ...size }),
  superframe([vp9Frame({ type: 'key', ...size }), vp9Frame({ type: 'inter', ...size })]),
];
const av1Key = concat(
  ...[delimiter, sequenceHeader({ ...size, hasTiming: true, hasFrameIds: true })],
  obu(6, frameHeader({ type: 0 }, { ...size, hasFrameIds: true })),
);
const av1Delta = obu(6, frameHeader({ type: 1, size: [64, 64] }, { ...size, hasFrameIds: true }));

/** Beginnings that get through a few checks. */
const seeds: Readonly<Record<VideoCodec, readonly Uint8Array[]>> = {
  jpeg: [Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 3, 0, 0xff, 0xc0, 0, 11, 8, 1, 0, 1, 0, 1)],
  h264: [Uint8Array.of(0, 0, 0, 1, 0x67, 66, 0, 40, 0xf4, 5, 1, 0xec, 0x80, 0, 0, 1, 0x65, 9)],
  vp8: [Uint8Array.of(0x10, 0, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0)],
  vp9: vp9Units,
  av1: [av1Key, av1Delta],
};

/** Unit and key unit: random bytes, and seeds with some bytes changed, cut off and put behind. */
function units(codec: VideoCodec): fc.Arbitrary<Uint8Array> {
  const changed = fc
    .record({
      seed: fc.constantFrom(...seeds[codec]),
      changes: fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 }),
      length: fc.nat(120),
      more: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ seed, changes, length, more }) => {
      const bytes = Uint8Array.from(seed);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return concat(bytes.subarray(0, length), more);
    });
  return fc.oneof(fc.uint8Array({ maxLength: 400 }), changed);
}

describe.each(videoCodecNames)('%s', (codec) => {
  const definition = videoCodecs[codec];

  test('says something of any bytes, and the same where they lie in more memory', () => {
    fc.assert(
      fc.property(units(codec), fc.option(units(codec), { nil: undefined }), (unit, keyUnit) => {
        const pixels = definition.pixelsOf(unit, keyUnit);
        expect(pixels < 0).toBe(false);
        const around = concat([1, 2, 3], unit, [0xff, 0, 0, 1]);
        const inside = around.subarray(3, 3 + unit.length);
        expect(definition.pixelsOf(inside, keyUnit)).toBe(pixels);
        expect(isWithinPixelLimit(codec, unit, keyUnit)).toBe(pixels <= 4096 * 4096);
        const string = definition.browserCodecOf?.(unit) ?? 'vp8';
        expect(string).toMatch(
          /^(vp8|avc1\.[0-9a-f]{6}|vp09\.\d\d\.\d\d\.\d\d|av01\.\d\.\d\d[MH]\.\d\d)$/,
        );
      }),
      { numRuns: 5_000 },
    );
  });

  test('gives a decoder what it looked at', () => {
    fc.assert(
      fc.property(units(codec), (unit) => {
        const given = definition.forDecoder?.(unit) ?? unit;
        expect(given.subarray(0, unit.length)).toEqual(unit);
        if (unit.length > 0) expect(definition.pixelsOf(given)).toBe(definition.pixelsOf(unit));
      }),
      { numRuns: 1_000 },
    );
  });

  // What is not linear takes minutes for the largest unit.
  test('is quick with the largest units', () => {
    const patterns = [
      ...[[0], [1], [0xff], [0x80], [0x0a, 0], [0x12, 0], [0x86], [0xc7], [0xdf]],
      ...[
        [0, 0, 1],
        [0, 0, 1, 0x67],
        [0, 0, 1, 0x67, 0, 0, 3],
        [0xff, 0xda],
        [0xff, 0xd8],
      ],
      ...[
        [0xff, 0xc4, 0, 0],
        [0xff, 0xe0, 0, 2],
      ],
    ];
    for (const pattern of patterns) {
      for (const seed of [new Uint8Array(), ...seeds[codec]]) {
        const unit = new Uint8Array(1 << 20);
        for (let at = 0; at < unit.length; at += 1) unit[at] = pattern[at % pattern.length] ?? 0;
        unit.set(seed);
        const began = performance.now();
        definition.pixelsOf(unit, unit);
        definition.browserCodecOf?.(unit);
        expect(performance.now() - began).toBeLessThan(2_000);
      }
    }
  });
});
