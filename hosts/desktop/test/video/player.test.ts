/// <reference lib="dom" />
import { join } from 'node:path';
import type { VideoCodec } from '@roomkey/core/host';
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

/**
 * Slows time down a hundredfold for the player, in the page and in its worker, so that a slow
 * machine makes no frame late.
 */
const slowClock = `{
  const now = performance.now.bind(performance);
  const start = ${String(Date.now())} - performance.timeOrigin;
  performance.now = () => start + (now() - start) / 100;
}`;

const encode = (page: Page, codec: VideoCodec, width = WIDTH, height = HEIGHT): Promise<void> =>
  page.evaluate(
    ([codec, names, width, height]) => window.harness.encode(codec, names, width, height),
    [codec, names, width, height] as const,
  );
const start = (page: Page): Promise<void> => page.evaluate(() => window.harness.start());
/** Frames by index, which is also the frame number by default. */
const push = (page: Page, index: number, number = index, ageMs = 0): Promise<void> =>
  page.evaluate((args) => window.harness.push(...args), [index, number, ageMs] as const);
const shows = (page: Page, color: Color, width = WIDTH, height = HEIGHT): Promise<void> =>
  page.evaluate(
    ([[red, green, blue], width, height]) => window.harness.shows(red, green, blue, width, height),
    [colors[color], width, height] as const,
  );
const counts = (page: Page, shown: number, dropped: number): Promise<void> =>
  page.evaluate((args) => window.harness.counts(...args), [shown, dropped] as const);
const asked = (page: Page, times: number): Promise<void> =>
  page.evaluate((times) => window.harness.asked(times), times);

describeWith('chromium', 'the player', () => {
  const browser = useChromium('none');
  const folder = useBuiltPage({
    root: join(import.meta.dirname, 'page'),
    workerPlugin: {
      name: 'slow-clock',
      transform: (code, id) => (id.includes('/ui/video/worker.ts') ? slowClock + code : undefined),
    },
  });

  async function openPage(where: 'worker' | 'page' = 'worker'): Promise<Page> {
    const server = await servePage(folder());
    const page = await browser().newPage();
    onTestFinished(() => page.close());
    page.setDefaultTimeout(20_000);
    await page.addInitScript(slowClock);
    if (where === 'page') {
      await page.addInitScript(() => {
        Reflect.deleteProperty(HTMLCanvasElement.prototype, 'transferControlToOffscreen');
      });
    }
    await page.goto(`http://${server.host}/`);
    await page.waitForFunction(() => 'harness' in window);
    return page;
  }

  test('supports all three codecs in Chromium', async () => {
    const page = await openPage();
    expect(await page.evaluate(() => window.harness.supportedCodecs())).toEqual([
      'h264',
      'vp8',
      'jpeg',
    ]);
  });

  test.each(['worker', 'page'] as const)(
    'plays each codec in turn, drawn in the %s',
    async (where) => {
      const page = await openPage(where);
      await start(page);
      let number = 0;
      for (const codec of ['jpeg', 'h264', 'vp8', 'jpeg', 'vp8', 'h264'] as const) {
        await encode(page, codec);
        for (const [index, color] of names.entries()) {
          await push(page, index, number);
          await shows(page, color);
          number += 1;
        }
      }
      await counts(page, number, 0);
      const statistics = await page.evaluate(() => window.harness.statistics());
      expect(statistics).toMatchObject({ width: WIDTH, height: HEIGHT, codec: 'h264' });
      expect(statistics.fps).toBeGreaterThan(0);
      expect(statistics.ageMs.p50).toBeGreaterThan(0);
      expect(statistics.ageMs.p95).toBeGreaterThanOrEqual(statistics.ageMs.p50);
      expect(await page.evaluate(() => window.harness.keyFramesAsked)).toBe(0);
    },
  );

  test('sets the canvas to the size of each frame', async () => {
    const page = await openPage();
    await start(page);
    let number = 0;
    for (const codec of ['jpeg', 'h264', 'vp8'] as const) {
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

  test.each(['h264', 'vp8'] as const)(
    'after a lost frame of %s requests a key frame once, and shows nothing before it',
    async (codec) => {
      const page = await openPage();
      await encode(page, codec);
      await start(page);
      await push(page, 0);
      await shows(page, 'red');
      await push(page, 2);
      await push(page, 3);
      await asked(page, 1);
      await counts(page, 1, 2);
      await shows(page, 'red');
      await push(page, 0, 4);
      await push(page, 1, 5);
      await shows(page, 'lime');
      expect(await page.evaluate(() => window.harness.keyFramesAsked)).toBe(1);
    },
  );

  test.each(['h264', 'vp8'] as const)(
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

  test('drops a frame that is more than 300 ms late, and shows the next delta frame', async () => {
    const page = await openPage();
    await encode(page, 'h264');
    await start(page);
    // The clocks need not agree: all frames claim a capture time in an hour, and 301 ms more is
    // late.
    const ahead = -3_600_000;
    await push(page, 0, 0, ahead);
    await shows(page, 'red');
    await push(page, 1, 1, ahead + 301);
    await counts(page, 1, 1);
    await shows(page, 'red');
    await push(page, 2, 2, ahead);
    await shows(page, 'blue');
    await counts(page, 2, 1);
    expect(await page.evaluate(() => window.harness.keyFramesAsked)).toBe(0);
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
    await page.evaluate(async () => {
      for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
    });
    await shows(page, 'red');
  });
});
