import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { call } from './browser-call.js';
import { measureRound, type Figures, type Way } from './browser-round.js';
import { buildPage, closeSide, openSide, type Side } from './browser-side.js';
import { openChromium } from './chromium.js';
import { freePort } from './free-port.js';
import type { ClipCodec, EncodedClip } from './page/bench-page.js';

/**
 * Two pages of one Chromium, each with an app in its own process, and a call between them. Measures
 * the ways of a picture from one page's camera to the other page's screen.
 */
export class BrowserBench {
  readonly #browser: Browser;
  readonly #sides: readonly [Side, Side];
  /** Ends everything. */
  readonly close: () => Promise<void>;

  private constructor(browser: Browser, sides: readonly [Side, Side], close: () => Promise<void>) {
    this.#browser = browser;
    this.#sides = sides;
    this.close = close;
  }

  /** Starts everything, up to a live call without video. */
  static async open(): Promise<BrowserBench> {
    const folder = await mkdtemp(join(tmpdir(), 'roomkey-bench-'));
    const sides: Side[] = [];
    let browser: Browser | undefined;
    const close = async (): Promise<void> => {
      await browser?.close();
      for (const side of sides) await closeSide(side);
      await rm(folder, { recursive: true, force: true });
    };
    try {
      const page = join(folder, 'page');
      await buildPage(page);
      browser = await openChromium();
      const options = { browser, folder, page, udpPort: await freePort() };
      const host = await openSide('host', options);
      sides.push(host);
      const guest = await openSide('guest', options);
      sides.push(guest);
      await call(host, guest);
      return new BrowserBench(browser, [host, guest], close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Measures one round. */
  measure(way: Way): Promise<Figures> {
    return measureRound(this.#browser, this.#sides, way);
  }

  /** Encodes the clip in the page, and compares the decoded pictures with the painted ones. */
  encodeClip(codec: ClipCodec, quality: number, frames: number): Promise<EncodedClip> {
    return this.#sides[0].page.evaluate((bench, args) => bench.encodeClip(...args), [
      codec,
      quality,
      frames,
    ] as const);
  }
}
