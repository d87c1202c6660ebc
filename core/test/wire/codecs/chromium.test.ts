/// <reference lib="dom" />
// The functions that are given to `evaluate` run in the page.
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { useChromium } from '../../../../test/support/chromium.js';
import { describeWith } from '../../../../test/support/optional.js';
import { videoCodecs, type VideoCodec } from '../../../src/wire/codecs/index.js';
import { concat } from './bits.js';
import { encodeUnits, sizes } from './real-units.js';

const codecs = ['h264', 'vp8', 'vp9', 'av1'] as const;

/** Width × height of each picture that Chromium makes of the units; the first is a key unit. */
async function decode(page: Page, codec: VideoCodec, units: readonly Uint8Array[]) {
  const [key = new Uint8Array()] = units;
  const definition = videoCodecs[codec];
  const string = definition.browserCodecOf?.(key) ?? definition.browserCodec ?? '';
  const texts = units.map((unit) => Buffer.from(unit).toString('base64'));
  return page.evaluate(
    async ({ string, texts }) => {
      const seen: string[] = [];
      const decoder = new VideoDecoder({
        output: (frame) => {
          seen.push(`${frame.displayWidth}×${frame.displayHeight}`);
          frame.close();
        },
        error: ({ message }) => seen.push(message),
      });
      decoder.configure({ codec: string, optimizeForLatency: true });
      texts.forEach((text, timestamp) => {
        const data = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        const type = timestamp === 0 ? 'key' : 'delta';
        decoder.decode(new EncodedVideoChunk({ type, timestamp, data }));
      });
      await decoder.flush();
      return seen;
    },
    { string, texts },
  );
}

describeWith('chromium', 'Chromium', () => {
  const browser = useChromium('none');
  let page: Page;
  beforeAll(async () => {
    page = await browser().newPage();
    // Only a page of a secure origin has a decoder.
    await page.route('https://roomkey.test/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '' }),
    );
    await page.goto('https://roomkey.test/');
  });

  test.each(codecs)('decodes what the registry calls %s', async (name) => {
    const { browserCodec: codec = '' } = videoCodecs[name];
    const isSupported = await page.evaluate(
      async (codec) => (await VideoDecoder.isConfigSupported({ codec })).supported,
      codec,
    );
    expect(isSupported).toBe(true);
  });

  describeWith('ffmpeg', 'of the units of ffmpeg', () => {
    test.each(
      codecs.flatMap((codec) => sizes.map(([width, height]) => ({ codec, width, height }))),
    )('decodes $codec of $width × $height', async ({ codec, width, height }) => {
      // Chromium has no H.264 of odd sizes.
      const even = (length: number): number => (codec === 'h264' ? length & ~1 : length);
      const [wide, high] = [even(width), even(height)];
      const units = await encodeUnits(codec, { width: wide, height: high });
      const given = units.map((unit) => videoCodecs[codec].forDecoder?.(unit) ?? unit);
      expect(await decode(page, codec, given)).toEqual(Array(3).fill(`${wide}×${high}`));
    });

    test('finds no frame of VP9 behind the one that was looked at', async () => {
      const [key = new Uint8Array(), delta = key] = await encodeUnits('vp9', {
        ...{ width: 64, height: 48 },
      });
      const [hidden = key] = await encodeUnits('vp9', { width: 640, height: 480 });
      const unit = concat(delta, hidden);
      expect(videoCodecs.vp9.pixelsOf(unit)).toBe(0);
      // It is there.
      expect(await decode(page, 'vp9', [key, unit])).toEqual(['64×48', '640×480']);
      const sealed = videoCodecs.vp9.forDecoder?.(unit) ?? unit;
      expect(await decode(page, 'vp9', [key, sealed])).toEqual(['64×48', '64×48']);
    });
  });
});
