/// <reference lib="dom" />
import { readFile } from 'node:fs/promises';
import { deferred } from '@roomkey/core/host';
import { MAX_PICTURE_BYTES, videoHeader, type VideoUnit } from '@roomkey/core/wire';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openChromium, useChromium } from '../../../../test/support/chromium.js';
import { describeWith } from '../../../../test/support/optional.js';
import {
  BinaryKind,
  decodeConsumed,
  encodeRemoteUnit,
  type Port,
} from '../../src/messages/index.js';
import { call, live, signedIn } from '../ui/examples.js';
import { servePage, useBuiltPage } from '../support/built-page.js';

/** Units that a sender may send before the page takes one: the credit of `video/1`. */
const CREDIT = 8;
const UNITS = 150;
/** Limit of the page's memory growth, bytes; without the limit of sets it is 2 GB. */
const MOST_GROWTH = 300e6;
/** The header fields of every unit. */
const about = { isKey: true, width: 64, height: 64, capturedAt: 0 };
/** `nal_unit_type` of a picture parameter set. ITU-T H.264, table 7-1. */
const PICTURE_PARAMETER_SET = 8;

/** A key unit encoded by the browser: 64 × 64, NAL units with start codes. */
async function encodeKeyUnit(page: Page): Promise<Uint8Array> {
  const bytes = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(64, 64);
    canvas.getContext('2d')?.fillRect(0, 0, 64, 64);
    const chunks: number[][] = [];
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        chunks.push([...data]);
      },
      error: () => undefined,
    });
    const size = { width: 64, height: 64 };
    encoder.configure({ ...size, codec: 'avc1.42E01F', avc: { format: 'annexb' } });
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    encoder.encode(frame, { keyFrame: true });
    frame.close();
    await encoder.flush();
    return chunks[0] ?? [];
  });
  return Uint8Array.from(bytes);
}

/** The same unit with one type of NAL unit repeated up to the size limit. */
function repeatNalUnit(keyUnit: Uint8Array, type: number): Uint8Array {
  const units = Buffer.from(keyUnit)
    .toString('latin1')
    .split(/\0*\0\0\x01/)
    .slice(1);
  const written = (unit: string): Buffer => Buffer.from(`\0\0\x01${unit}`, 'latin1');
  const repeated = units.find((unit) => (unit.charCodeAt(0) & 0x1f) === type);
  if (repeated === undefined) throw new Error(`It has no NAL unit of type ${String(type)}.`);
  const more = Math.floor((MAX_PICTURE_BYTES - keyUnit.length) / written(repeated).length);
  return Buffer.concat(
    units.flatMap((unit) => Array<Buffer>(unit === repeated ? more : 1).fill(written(unit))),
  );
}

/** Peak memory of any process of the page, bytes; Linux only. */
async function peakMemory(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const peaks = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(async ({ id }) => {
      const status = await readFile(`/proc/${String(id)}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
    });
  return Math.max(...(await Promise.all(peaks)));
}

async function drawJpeg(page: Page): Promise<Uint8Array> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [64, 64];
    canvas.getContext('2d')?.fillRect(0, 0, 64, 64);
    return canvas.toDataURL('image/jpeg');
  });
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

/** A page in a call, and a participant who sends as much as the page's credit allows. */
class HostileCall {
  readonly page: Page;
  readonly #port: Port;
  /** The number of times that the page took each unit, by its number. */
  readonly #consumed: number[] = [];
  #sent = 0;
  #consumedInAll = 0;
  #most = 0;
  #onConsumed: () => void = () => undefined;

  constructor(page: Page, port: Port) {
    this.page = page;
    this.#port = port;
  }

  /** The largest number of units that were sent and not consumed. */
  get mostUnconsumed(): number {
    return this.#most;
  }

  /** The number of times that each unit was consumed. */
  get consumed(): readonly number[] {
    return this.#consumed;
  }

  onMessage(message: string | Uint8Array): void {
    if (typeof message === 'string' || message[0] !== BinaryKind.consumed) return;
    const { number } = decodeConsumed(message);
    this.#consumed[number] = (this.#consumed[number] ?? 0) + 1;
    this.#consumedInAll += 1;
    this.#onConsumed();
  }

  async begin(): Promise<void> {
    for (const event of [...signedIn(), call(live)]) this.#port.send(JSON.stringify(event));
    await this.page.getByText('camera starts…').filter({ visible: true }).first().waitFor();
  }

  /** Sends a unit `times` times, each as soon as there is credit for it. */
  async send(unit: Omit<VideoUnit, 'width' | 'height' | 'capturedAt' | 'isKey'>, times: number) {
    for (let left = times; left > 0; left -= 1) {
      await this.#until(() => this.#unconsumed < CREDIT);
      const number = this.#sent;
      const header = videoHeader({ ...about, ...unit, number });
      this.#sent += 1;
      this.#most = Math.max(this.#most, this.#unconsumed);
      this.#port.send(encodeRemoteUnit('camera', number, Buffer.concat([header, unit.data])));
    }
  }

  /** Resolves when all sent units are consumed. */
  async takesAll(): Promise<void> {
    await this.#until(() => this.#unconsumed === 0);
  }

  get #unconsumed(): number {
    return this.#sent - this.#consumedInAll;
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#onConsumed = resolve));
  }
}

async function joinCall(browser: Browser, folder: string): Promise<HostileCall> {
  const page = await browser.newPage();
  const connected = deferred<HostileCall>();
  const server = await servePage(folder, {
    connect: (port) => {
      const inCall = new HostileCall(page, port);
      port.onMessage((message) => {
        inCall.onMessage(message);
        connected.resolve(inCall);
      });
    },
  });
  await page.goto(await server.address());
  const inCall = await connected.promise;
  await inCall.begin();
  return inCall;
}

/** Expects that the window goes on: it shows a valid picture, and takes each sent unit once. */
async function goesOn(inCall: HostileCall, jpeg: Uint8Array): Promise<void> {
  await inCall.send({ codec: 'jpeg', data: jpeg }, 1);
  await inCall.page.locator('.remote .picture:not(.away)').waitFor();
  await inCall.takesAll();
  expect(inCall.consumed).toEqual(Array<number>(UNITS + 1).fill(1));
  expect(inCall.mostUnconsumed).toBeLessThanOrEqual(CREDIT);
  await inCall.page.getByRole('button', { name: 'Start camera' }).click();
}

/** In the worker: each unit blocks its thread for 100 ms. */
const slowDecoder = `{
  const Real = ImageDecoder;
  globalThis.ImageDecoder = function (options) {
    for (const end = performance.now() + 100; performance.now() < end;);
    return new Real(options);
  };
}`;

describeWith('chromium', 'a slow decoding worker', () => {
  const browser = useChromium('none');
  const folder = useBuiltPage({
    workerPlugin: {
      name: 'slow-decoder',
      transform: (code, id) =>
        id.includes('/ui/video/worker.ts') ? slowDecoder + code : undefined,
    },
  });

  test.each([
    ['large', MAX_PICTURE_BYTES],
    ['small', 2 * 1024],
  ])('takes %s units one by one, and goes on', { timeout: 120_000 }, async (_, bytes) => {
    const inCall = await joinCall(browser(), folder());
    const jpeg = await drawJpeg(inCall.page);
    const data = new Uint8Array(bytes);
    data.set(jpeg);
    await inCall.send({ codec: 'jpeg', data }, UNITS);
    // The worker really was slow.
    expect(inCall.mostUnconsumed).toBe(CREDIT);
    await goesOn(inCall, jpeg);
  });
});

describeWith('chromium', 'a participant who sends units that no encoder produces', () => {
  const folder = useBuiltPage();

  test.skipIf(process.platform !== 'linux')(
    'cannot fill the page’s memory with 100,000 parameter sets per unit',
    { timeout: 240_000 },
    async () => {
      const browser = await openChromium('none');
      const inCall = await joinCall(browser, folder());
      const { page } = inCall;
      const before = await peakMemory(browser);
      const data = repeatNalUnit(await encodeKeyUnit(page), PICTURE_PARAMETER_SET);
      await inCall.send({ codec: 'h264', data }, UNITS);
      await goesOn(inCall, await drawJpeg(page));
      const growth = (await peakMemory(browser)) - before;
      expect(growth).toBeLessThan(MOST_GROWTH);
    },
  );

  test.skipIf(process.platform !== 'linux').each(['h264', 'vp8', 'vp9', 'av1', 'jpeg'] as const)(
    'cannot stop the window with meaningless units of %s',
    { timeout: 120_000 },
    async (codec) => {
      const browser = await openChromium('none');
      const inCall = await joinCall(browser, folder());
      const before = await peakMemory(browser);
      const data = new Uint8Array(MAX_PICTURE_BYTES).fill(0x5a);
      await inCall.send({ codec, data }, UNITS);
      await goesOn(inCall, await drawJpeg(inCall.page));
      expect((await peakMemory(browser)) - before).toBeLessThan(MOST_GROWTH);
    },
  );
});
