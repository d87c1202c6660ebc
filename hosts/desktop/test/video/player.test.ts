/// <reference lib="dom" />
import { join } from 'node:path';
import { videoCodecNames, type VideoCodec } from '@roomkey/core/wire';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { useChromium } from '../../../../test/support/chromium.js';
import { describeWith } from '../../../../test/support/optional.js';
import { servePage, useBuiltPage } from '../support/built-page.js';
import type {} from './page/main.js';

const [WIDTH, HEIGHT] = [320, 180];
const colors = {
  red: [255, 0, 0],
  lime: [0, 255, 0],
  blue: [0, 0, 255],
  gray: [128, 128, 128],
} as const;
type Color = keyof typeof colors;
const names = Object.keys(colors) as Color[];
/** Each codec follows a different one, and JPEG follows codecs that are decoded otherwise. */
const TURNS = ['jpeg', 'h264', 'vp8', 'vp9', 'jpeg', 'av1', 'vp8', 'h264'] as const;

const encode = (page: Page, codec: VideoCodec, width = WIDTH, height = HEIGHT): Promise<void> =>
  page.evaluate(
    ([codec, names, width, height]) => window.harness.encode(codec, names, width, height),
    [codec, names, width, height] as const,
  );
const start = (page: Page): Promise<void> => page.evaluate(() => window.harness.start());
/** Units by index, which is also the unit’s number by default. */
const push = (page: Page, index: number, number = index, ageMs = 0): Promise<void> =>
  page.evaluate((args) => window.harness.push(...args), [index, number, ageMs] as const);
const shows = (page: Page, color: Color, width = WIDTH, height = HEIGHT): Promise<void> =>
  page.evaluate(
    ([[red, green, blue], width, height]) => window.harness.shows(red, green, blue, width, height),
    [colors[color], width, height] as const,
  );
const counts = (page: Page, shown: number, dropped: number): Promise<void> =>
  page.evaluate((args) => window.harness.counts(...args), [shown, dropped] as const);
const consumed = (page: Page): Promise<readonly number[]> =>
  page.evaluate(() => window.harness.consumed);
const takes = (page: Page, count: number): Promise<void> =>
  page.evaluate((count) => window.harness.consumes(count), count);
/** Waits for some animation frames. */
const passFrames = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
  });
const asked = (page: Page, times: number): Promise<void> =>
  page.evaluate((times) => window.harness.asked(times), times);

describeWith('chromium', 'the player', () => {
  const browser = useChromium('none');
  const folder = useBuiltPage({
    root: join(import.meta.dirname, 'page'),
  });

  async function openPage(where: 'worker' | 'page' = 'worker'): Promise<Page> {
    const server = await servePage(folder());
    const page = await browser().newPage();
    onTestFinished(() => page.close());
    page.setDefaultTimeout(20_000);
    if (where === 'page') {
      await page.addInitScript(() => {
        Reflect.deleteProperty(HTMLCanvasElement.prototype, 'transferControlToOffscreen');
      });
    }
    await page.goto(`http://${server.host}/`);
    await page.waitForFunction(() => 'harness' in window);
    return page;
  }

  test('supports all codecs of the registry in Chromium', async () => {
    const page = await openPage();
    const supported = await page.evaluate(() => window.harness.supportedCodecs());
    expect(supported).toEqual(videoCodecNames);
  });

  test.each(['worker', 'page'] as const)(
    'plays each codec in turn, drawn in the %s',
    async (where) => {
      const page = await openPage(where);
      await start(page);
      let number = 0;
      for (const codec of TURNS) {
        await encode(page, codec);
        for (const [index, color] of names.entries()) {
          await push(page, index, number);
          await shows(page, color);
          number += 1;
        }
      }
      await counts(page, number, 0);
      expect(await consumed(page)).toEqual(Array.from({ length: number }, (_, each) => each));
      const statistics = await page.evaluate(() => window.harness.statistics());
      expect(statistics).toMatchObject({ width: WIDTH, height: HEIGHT, codec: 'h264' });
      expect(statistics.fps).toBeGreaterThan(0);
      expect(statistics.ageMs.p50).toBeGreaterThan(0);
      expect(statistics.ageMs.p95).toBeGreaterThanOrEqual(statistics.ageMs.p50);
      expect(await page.evaluate(() => window.harness.keyFramesAsked)).toBe(0);
    },
  );

  test('sets the canvas to the size of each picture', async () => {
    const page = await openPage();
    await start(page);
    let number = 0;
    for (const codec of videoCodecNames) {
      for (const [width, height] of [
        [320, 180],
        [640, 360],
        [160, 120],
      ] as const) {
        await encode(page, codec, width, height);
        await push(page, 0, number);
        await shows(page, 'red', width, height);
        number += 1;
      }
    }
    expect(await page.evaluate(() => window.harness.keyFramesAsked)).toBe(0);
  });

  test.each(['h264', 'vp8', 'vp9', 'av1'] as const)(
    'requests a key frame if %s begins without one, and if one is damaged',
    async (codec) => {
      const page = await openPage();
      await encode(page, codec);
      await start(page);
      await push(page, 1);
      await asked(page, 1);
      await push(page, 0, 2);
      await shows(page, 'red');
      await page.evaluate(() => window.harness.pushDamaged(0, 3));
      await asked(page, 2);
      await push(page, 0, 4);
      await push(page, 1, 5);
      await shows(page, 'lime');
      await takes(page, 5);
      expect((await consumed(page)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    },
  );

  test('skips a damaged JPEG', async () => {
    const page = await openPage();
    await encode(page, 'jpeg');
    await start(page);
    await page.evaluate(() => window.harness.pushDamaged(0, 0));
    await counts(page, 0, 1);
    await push(page, 1);
    await shows(page, 'lime');
    expect(await page.evaluate(() => window.harness.keyFramesAsked)).toBe(0);
  });

  test('takes a key unit of an unknown profile, and goes on', async () => {
    const page = await openPage();
    await encode(page, 'h264');
    await start(page);
    const parameters = [0, 0, 1, 0x67, 0, 0, 0, 0xac, 0xb4, 0x0a, 0x0c, 0x80];
    await page.evaluate((data) => window.harness.pushDamaged(0, 0, data), parameters);
    await takes(page, 1);
    await push(page, 0, 1);
    await shows(page, 'red');
    await takes(page, 2);
    expect(await consumed(page)).toEqual([0, 1]);
  });

  test('shows the last of many JPEGs at once', async () => {
    const page = await openPage();
    await encode(page, 'jpeg');
    await start(page);
    await page.evaluate(() => {
      for (let number = 0; number < 40; number += 1) window.harness.push(number % 4, number, 0);
    });
    await shows(page, 'gray');
    await page.evaluate(async () => {
      let { shown, dropped } = window.harness.statistics();
      while (shown + dropped < 40) {
        await new Promise(requestAnimationFrame);
        ({ shown, dropped } = window.harness.statistics());
      }
    });
    expect((await page.evaluate(() => window.harness.statistics())).shown).toBeLessThan(40);
    await takes(page, 40);
    expect(new Set(await consumed(page)).size).toBe(40);
    expect(await consumed(page)).toHaveLength(40);
  });

  test.each(['worker', 'page'] as const)(
    'takes every unit once, valid or not, drawn in the %s',
    async (where) => {
      const page = await openPage(where);
      await start(page);
      let number = 0;
      for (const codec of TURNS) {
        await encode(page, codec);
        // At once: one without a key unit before it, a damaged one, and the next codec in the middle.
        await page.evaluate((first) => {
          const { harness } = window;
          [1, 0, 1, 2].forEach((index, at) => harness.push(index, first + at, 0));
          harness.pushDamaged(3, first + 4);
          [3, 0, 1].forEach((index, at) => harness.push(index, first + 5 + at, 0));
        }, number);
        number += 8;
      }
      await encode(page, 'jpeg');
      await push(page, 2, number);
      await shows(page, 'blue');
      await takes(page, number + 1);
      const numbers = await consumed(page);
      expect(numbers.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: number + 1 }, (_, each) => each),
      );
    },
  );

  test.each(['jpeg', 'vp8'] as const)(
    'consumes all units of %s that it has when it is closed, once each',
    async (codec) => {
      const page = await openPage();
      await encode(page, codec);
      await start(page);
      await page.evaluate(() => {
        for (let number = 0; number < 4; number += 1) window.harness.push(number, number, 0);
        window.harness.close();
      });
      await passFrames(page);
      expect((await consumed(page)).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    },
  );

  test('consumes one unit per second in a hidden window, and the rest when it is visible', async () => {
    const page = await openPage();
    await encode(page, 'jpeg');
    await start(page);
    await page.evaluate(() => {
      const real = { setInterval: window.setInterval.bind(window) };
      const tick = (act: () => void): number => (Object.assign(window, { tick: act }), 1);
      Object.assign(window, { setInterval: tick });
      window.harness.setVisible(false);
      Object.assign(window, real);
    });
    for (let number = 0; number < 4; number += 1) {
      await push(page, number);
      await shows(page, names[number]!);
    }
    expect(await consumed(page)).toEqual([]);
    await page.evaluate(() => (window as unknown as { tick(): void }).tick());
    expect(await consumed(page)).toEqual([0]);
    await page.evaluate(() => window.harness.setVisible(true));
    await takes(page, 4);
    expect(await consumed(page)).toEqual([0, 1, 2, 3]);
  });

  test('shows nothing after close, which is idempotent', async () => {
    const page = await openPage('page');
    await encode(page, 'jpeg');
    await start(page);
    await push(page, 0);
    await shows(page, 'red');
    await page.evaluate(() => {
      window.harness.close();
      window.harness.close();
    });
    await push(page, 1);
    await passFrames(page);
    await shows(page, 'red');
  });
});
