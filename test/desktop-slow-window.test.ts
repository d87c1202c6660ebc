import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { STEP_MS, type AppWindow } from './support/app-window.js';
import { describeWith } from './support/optional.js';
import { meet, openTwo, pictureOf } from './support/people.js';

vi.setConfig({ testTimeout: 240_000 });

/** How long the slow window takes for each picture, ms: it shows six of thirty per second. */
const DECODE_MS = 160;
/** Ten times the round trip of a slow picture and those behind it, ms. */
const AGE_CEILING_MS = 10 * 3 * DECODE_MS;

/** How long key units are counted, ms. */
const WATCH_MS = 20_000;

describeWith('chromium', 'the sender’s rate', () => {
  it('follows a window that decodes slowly, and one that is hidden', async () => {
    const [grace, ada] = await openTwo();
    await meet(grace, ada, 'Lab', 'sesame open');
    await grace.window.startCamera();
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');
    await Promise.all([grace.window.showFigures(), ada.window.showFigures()]);
    await expect.poll(() => sentRate(grace.window), { timeout: STEP_MS }).toBeGreaterThan(12);

    await delayDecoding(ada.window, DECODE_MS);
    // The sender sends no more than the window decodes, and does not stop.
    await expect.poll(() => sentRate(grace.window), { timeout: STEP_MS }).toBeLessThan(9);
    await expect.poll(() => sentRate(grace.window), { timeout: STEP_MS }).toBeGreaterThan(0);
    const before = await keyUnits(ada.window);
    await sleep(WATCH_MS);
    // At most one in five seconds: key units are the largest, and would slow it down further.
    expect((await keyUnits(ada.window)) - before).toBeLessThanOrEqual(WATCH_MS / 5_000);
    expect(await age(ada.window)).toBeLessThan(AGE_CEILING_MS);
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');

    await delayDecoding(ada.window, 0);
    await expect.poll(() => sentRate(grace.window), { timeout: STEP_MS }).toBeGreaterThan(12);

    await setHidden(ada.window, true);
    await expect.poll(() => sentText(grace.window), { timeout: STEP_MS }).toMatch(/hidden/);
    await expect.poll(() => sentRate(grace.window), { timeout: STEP_MS }).toBeLessThan(4);
    await setHidden(ada.window, false);
    await expect.poll(() => sentRate(grace.window), { timeout: STEP_MS }).toBeGreaterThan(12);
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');
  });
});

async function sentText(window: AppWindow): Promise<string> {
  return (await window.figures())['Sent'] ?? '';
}

/** The number of frames sent per second, from the figures of the call. */
async function sentRate(window: AppWindow): Promise<number> {
  return Number(/(\d+) a second/.exec(await sentText(window))?.[1]);
}

/** Hides the page, as a browser does for a minimized window; here it continues to draw. */
async function setHidden(window: AppWindow, isHidden: boolean): Promise<void> {
  await window.page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}

/** The median time from capture to screen, ms; both apps share a clock here. */
async function age(window: AppWindow): Promise<number> {
  const figures = await window.figures();
  return Number(/^(\d+) ms/.exec(figures['Capture to screen'] ?? '')?.[1]);
}

/** Makes the workers of a page take longer for each picture, like a slow computer. */
async function delayDecoding(window: AppWindow, ms: number): Promise<void> {
  for (const worker of window.page.workers()) {
    await worker.evaluate((delay) => {
      const scope = globalThis as { decodeDelay?: number; keyUnits?: number };
      if (scope.decodeDelay === undefined && 'VideoDecoder' in globalThis) {
        const decode = Reflect.get(VideoDecoder.prototype, 'decode');
        VideoDecoder.prototype.decode = function (chunk) {
          const end = performance.now() + (scope.decodeDelay ?? 0);
          while (performance.now() < end);
          if (chunk.type === 'key') scope.keyUnits = (scope.keyUnits ?? 0) + 1;
          decode.call(this, chunk);
        };
      }
      scope.decodeDelay = delay;
    }, ms);
  }
}

/** The key units that a slow page has decoded. */
async function keyUnits(window: AppWindow): Promise<number> {
  const counts = window.page
    .workers()
    .map((worker) => worker.evaluate(() => (globalThis as { keyUnits?: number }).keyUnits ?? 0));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
