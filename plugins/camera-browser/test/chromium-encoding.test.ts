// Functions that are passed to `evaluate` run in the page.
import { expect, test } from 'vitest';
import {
  captureTime,
  MAX_PICTURE_BYTES,
  videoCodecNames,
  videoCodecs,
  type VideoUnit,
} from '@roomkey/core';
import { useChromium } from '../../../test/support/chromium.js';
import { describeWith } from '../../../test/support/optional.js';
import { SCREEN } from '../src/messages.js';
import { openPage, openSource, request, take } from './support/camera-page.js';
import { browserCodecOf, decodeUnits, isTestPicture } from './support/decode.js';

/** Code that makes a video encoder do this for a picture, the `count`th of all. */
function eachEncoding(code: string): string {
  return `
    const original = VideoEncoder.prototype.encode;
    let count = 0;
    VideoEncoder.prototype.encode = function (...picture) {
      const encode = () => original.apply(this, picture);
      count += 1;
      ${code}
    };`;
}

function hasParameterSets(data: Uint8Array): boolean {
  // Annex B: a start code, then the type of the unit in the lower five bits: 7 and 8 are parameter sets.
  const types = Array.from(
    Buffer.from(data)
      .toString('latin1')
      .matchAll(/\0\0\x01([^])/g),
  ).map(([, unit = '']) => unit.charCodeAt(0) & 31);
  return types.includes(7) && types.includes(8);
}

const isKey = (unit: VideoUnit): boolean => unit.isKey;

describeWith('chromium', 'encoding in Chromium', () => {
  const browser = useChromium('moving');

  test.each(videoCodecNames)('%s shows what the camera sees', async (codec) => {
    const { camera, page } = await openPage(browser());
    const source = await openSource(camera, { codec });
    const opened = captureTime();
    const units = await take(source, 8);
    source.encoding?.requestKeyUnit();
    units.push(...(await take(source, 4)));
    await source.close();
    expect(new Set(units.map((unit) => unit.codec))).toEqual(new Set([codec]));
    // Key units come only on request.
    expect(units.map(isKey)).toEqual(
      units.map((_, index) => codec === 'jpeg' || index === 0 || index === 8),
    );
    for (const [index, unit] of units.entries()) {
      expect(unit).toMatchObject({ width: 640, height: 480 });
      expect(unit.capturedAt).toBeGreaterThan(
        index === 0 ? opened - 1000 : units[index - 1]!.capturedAt,
      );
      if (codec === 'h264' && unit.isKey) expect(hasParameterSets(unit.data)).toBe(true);
    }
    const pictures = await decodeUnits(page, units);
    expect(pictures).toHaveLength(units.length);
    for (const picture of pictures) {
      expect(picture).toMatchObject({ width: 640, height: 480 });
      expect(isTestPicture(picture)).toBe(true);
    }
  });

  test.each([
    ['h264', /^avc1\.42[0-9a-f]{4}$/],
    ['vp8', /^vp8$/],
    ['vp9', /^vp09\.00\.\d\d\.08$/],
    ['av1', /^av01\.0\.\d\dM\.08$/],
  ] as const)('the headers inside of %s say what the unit says', async (codec, string) => {
    const { camera } = await openPage(browser());
    const source = await openSource(camera, { codec });
    const units = await take(source, 6);
    await source.close();
    const [key] = units;
    expect(browserCodecOf(key!)).toMatch(string);
    const pixels = units.map(({ data }) => videoCodecs[codec].pixelsOf(data, key!.data));
    expect(pixels[0]).toBe(640 * 480);
    expect(Math.max(...pixels)).toBe(640 * 480);
  });

  test.each(['vp9', 'av1'] as const)(
    'no unit of %s builds on one of the top layer',
    async (codec) => {
      const { camera, page } = await openPage(browser());
      const source = await openSource(camera, { codec });
      const units = await take(source, 9);
      source.setQuality(40);
      units.push(...(await take(source, 7)));
      source.encoding?.requestKeyUnit();
      units.push(...(await take(source, 6)));
      await source.close();
      const droppable = units.filter((unit) => unit.isDiscardable === true);
      expect(droppable.length).toBeGreaterThanOrEqual(8);
      expect(droppable.some(isKey)).toBe(false);
      // Without all of them, and without some, the others decode to identical pictures.
      const whole = await decodeUnits(page, units);
      for (const drop of [droppable, droppable.filter((_, index) => index % 3 !== 0)]) {
        const rest = units.filter((unit) => !drop.includes(unit));
        const expected = whole.filter((_, index) => rest.includes(units[index]!));
        expect(await decodeUnits(page, rest)).toEqual(expected);
      }
    },
  );

  test.each(['jpeg', 'h264', 'vp8'] as const)('%s has one layer', async (codec) => {
    const { camera } = await openPage(browser());
    const source = await openSource(camera, { codec });
    for (const unit of await take(source, 4)) expect(unit.isDiscardable).toBe(false);
    await source.close();
  });

  test('the automatic choice is H.264, then VP8, VP9 and JPEG; AV1 only on request', async () => {
    const { camera } = await openPage(browser());
    const source = await camera.open(request);
    const codecFor = async (...codecs: VideoUnit['codec'][]) => {
      source.encoding?.setCodecs(codecs);
      return (await take(source, 1))[0]?.codec;
    };
    expect(await codecFor(...videoCodecNames)).toBe('h264');
    expect(await codecFor('av1', 'vp9', 'vp8', 'jpeg')).toBe('vp8');
    expect(await codecFor('av1', 'vp9', 'jpeg')).toBe('vp9');
    expect(await codecFor('av1', 'jpeg')).toBe('jpeg');
    await source.close();
  });

  // The nearest modes of the fake camera are 1280 × 720 and 640 × 480.
  test.each([
    ['jpeg', 1280, 720, 1280, 720],
    ['jpeg', 600, 400, 533, 400],
    ['h264', 600, 400, 532, 400],
    ['vp8', 600, 400, 532, 400],
    ['vp9', 600, 400, 532, 400],
    ['av1', 600, 400, 532, 400],
    ['jpeg', 700, 500, 640, 480],
  ] as const)('%s for %d × %d is %d × %d', async (codec, width, height, wide, high) => {
    const { camera, page } = await openPage(browser());
    const source = await openSource(camera, { codec, width, height });
    const units = await take(source, 1);
    await source.close();
    expect(units[0]).toMatchObject({ width: wide, height: high });
    expect(await decodeUnits(page, units)).toMatchObject([{ width: wide, height: high }]);
  });

  test('the page holds the credit: units follow pictures without a message from Node', async () => {
    const { camera, page, sent } = await openPage(browser());
    const source = await openSource(camera);
    const before = sent.length;
    const units = await take(source, 20);
    expect(sent.slice(before)).toEqual([{ kind: 'credit', source: 0, units: 20 }]);
    // Each builds on the previous one.
    expect(await decodeUnits(page, units)).toHaveLength(20);
    // Without credit the newest picture replaces earlier ones.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [next] = await take(source, 1);
    expect(next!.capturedAt - units[19]!.capturedAt).toBeGreaterThan(300);
    await source.close();
  });

  test('a requested key unit is the next unit, also while units arrive', async () => {
    const { camera, page } = await openPage(browser());
    const source = await openSource(camera, { codec: 'h264' });
    source.encoding?.grant(100);
    const units: VideoUnit[] = [];
    for await (const unit of source) {
      units.push(unit);
      if (units.length % 5 === 0) source.encoding?.requestKeyUnit();
      if (units.length === 16) break;
    }
    await source.close();
    const keys = [...units.keys()].filter((index) => units[index]!.isKey);
    expect(keys).toEqual(expect.arrayContaining([0, 5, 10, 15]));
    expect(await decodeUnits(page, units)).toHaveLength(16);
  });

  test('credit that a new receiver made void yields no unit', async () => {
    const { camera, page } = await openPage(browser());
    const source = await openSource(camera, { codec: 'h264' });
    const iterator = source[Symbol.asyncIterator]();
    for (const codecs of [['jpeg', 'vp8'], ['jpeg'], videoCodecNames] as const) {
      source.encoding?.grant(100);
      await iterator.next();
      source.encoding?.setCodecs(codecs);
      let hasCome = false;
      const next = iterator.next().finally(() => (hasCome = true));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(hasCome).toBe(false);
      source.encoding?.grant(1);
      const result = await next;
      if (result.done === true) throw new Error('it ended');
      expect(codecs).toContain(result.value.codec);
      expect(result.value.isKey).toBe(true);
      expect(await decodeUnits(page, [result.value])).toHaveLength(1);
    }
    await source.close();
  });

  test('an encoder that fails is replaced by the next codec, and in the end by JPEG', async () => {
    const { camera } = await openPage(browser(), {
      'worker.js': eachEncoding('if (count % 4 === 0) this.close(); encode();'),
    });
    const source = await openSource(camera);
    const units = await take(source, 11);
    await source.close();
    expect(units.map((unit) => unit.codec)).toEqual([
      ...['h264', 'h264', 'h264'],
      ...['vp8', 'vp8', 'vp8'],
      ...['vp9', 'vp9', 'vp9'],
      ...['jpeg', 'jpeg'],
    ]);
    expect(units[3]).toMatchObject({ isKey: true });
  });

  test('a browser that encodes no video sends JPEG', async () => {
    const { camera } = await openPage(browser(), {
      'worker.js': 'delete globalThis.VideoEncoder;',
    });
    const source = await openSource(camera, { codec: 'h264' });
    expect((await take(source, 2)).map((unit) => unit.codec)).toEqual(['jpeg', 'jpeg']);
    await source.close();
  });

  test('if an encoder skips a picture, the next one follows', async () => {
    const { camera } = await openPage(browser(), {
      'worker.js': eachEncoding('if (count % 3 !== 0) encode();'),
    });
    const source = await openSource(camera, { codec: 'h264' });
    expect(await take(source, 6)).toHaveLength(6);
    await source.close();
  });

  test('no JPEG picture is larger than the limit of a call', async () => {
    // Noise, which does not compress, at the highest quality.
    const { camera } = await openPage(browser(), {
      'index.js': `
        navigator.mediaDevices.getUserMedia = async () => {
          const canvas = document.createElement('canvas');
          [canvas.width, canvas.height] = [1280, 720];
          const context = canvas.getContext('2d');
          const noise = context.createImageData(1280, 720);
          for (let at = 0; at < noise.data.length; at += 65536) {
            crypto.getRandomValues(noise.data.subarray(at, at + 65536));
          }
          for (let at = 3; at < noise.data.length; at += 4) noise.data[at] = 255;
          setInterval(() => context.putImageData(noise, 0, 0), 100);
          return canvas.captureStream();
        };`,
    });
    const changes = { width: 1280, height: 720, quality: 100, codec: 'jpeg' } as const;
    const source = await openSource(camera, changes);
    for (const unit of await take(source, 2)) {
      expect(unit.data.length).toBeLessThanOrEqual(MAX_PICTURE_BYTES);
      // And not much smaller than the limit.
      expect(unit.data.length).toBeGreaterThan(MAX_PICTURE_BYTES / 4);
    }
    await source.close();
  });

  test('after a unit that is too large a key unit comes, at half the bit rate', async () => {
    const { camera, page } = await openPage(browser(), {
      'worker.js': `
        const { get } = Object.getOwnPropertyDescriptor(EncodedVideoChunk.prototype, 'byteLength');
        Object.defineProperty(EncodedVideoChunk.prototype, 'byteLength', {
          // The third unit; the code reads the length of each more than once.
          get() { return get.call(this) + (this.timestamp === third(this.timestamp) ? 1 << 20 : 0); },
        });
        const times = new Set();
        const third = (timestamp) => [...times.add(timestamp)][2];
        const configure = VideoEncoder.prototype.configure;
        VideoEncoder.prototype.configure = function (config) {
          console.log(config.bitrate);
          configure.call(this, config);
        };`,
    });
    const bitRates: number[] = [];
    const twoCame = new Promise<void>((resolve) => {
      page.on('console', (message) => {
        if (bitRates.push(Number(message.text())) === 2) resolve();
      });
    });
    const source = await openSource(camera, { codec: 'h264' });
    const units = await take(source, 4);
    await source.close();
    expect(units.map(({ isKey }) => isKey)).toEqual([...[true, false], ...[true, false]]);
    await twoCame;
    expect(bitRates).toEqual([bitRates[0], Math.round(bitRates[0]! / 2)]);
  });

  test('a still screen is repeated, also for a later receiver', async () => {
    const { camera } = await openPage(browser(), {
      'index.js': `
        navigator.mediaDevices.getDisplayMedia = async () => {
          const canvas = document.createElement('canvas');
          const stream = canvas.captureStream();
          setTimeout(() => canvas.getContext('2d').fillRect(0, 0, 9, 9), 100);
          return stream;
        };`,
    });
    const source = await camera.open({ ...request, deviceId: SCREEN, codec: 'h264' });
    for (let receiver = 0; receiver < 2; receiver++) {
      source.encoding?.setCodecs(videoCodecNames);
      const units = await take(source, 3);
      expect(units.map(({ isKey }) => isKey)).toEqual([...[true, false, false]]);
      // Its capture time is recent, so that it is not too old to be shown.
      const [first, , third] = units.map(({ capturedAt }) => capturedAt);
      expect(third! - first!).toBeGreaterThan(400);
    }
    await source.close();
  });
});
