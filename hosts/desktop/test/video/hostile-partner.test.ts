/// <reference lib="dom" />
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { deferred, type VideoFrame } from '@roomkey/core/host';
import type { Browser, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openChromium, useChromium } from '../../../../test/support/chromium.js';
import { describeWith } from '../../../../test/support/optional.js';
import { FrameGate } from '../../src/app/frame-gate.js';
import type { Port } from '../../src/messages/index.js';
import { call, live, signedIn } from '../ui/examples.js';
import { servePage, useBuiltPage } from '../support/built-page.js';

/** Maximum size of a frame, bytes. */
const FRAME_BYTES = 1024 * 1024 - 64;
const FRAMES = 150;
/** Limit of the page's memory growth, bytes; without the limit of sets it is 2 GB. */
const MOST_GROWTH = 300e6;
/** Width and height of every frame, pixels. */
const size = { width: 64, height: 64 };
/** `nal_unit_type` of a picture parameter set. ITU-T H.264, table 7-1. */
const PICTURE_PARAMETER_SET = 8;

/** A key frame encoded by the browser: 64 × 64, NAL units with start codes. */
async function encodeKeyFrame(page: Page): Promise<Uint8Array> {
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

/** The same frame with one NAL unit type repeated up to the size limit. */
function repeatUnit(keyFrame: Uint8Array, type: number): Uint8Array {
  const units = Buffer.from(keyFrame)
    .toString('latin1')
    .split(/\0*\0\0\x01/)
    .slice(1);
  const written = (unit: string): Buffer => Buffer.from(`\0\0\x01${unit}`, 'latin1');
  const repeated = units.find((unit) => (unit.charCodeAt(0) & 0x1f) === type);
  if (repeated === undefined) throw new Error(`The frame has no unit of type ${String(type)}.`);
  const more = Math.floor((FRAME_BYTES - keyFrame.length) / written(repeated).length);
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

/** A page in a call, and the function that sends it the partner's frames. */
interface InCall {
  readonly page: Page;
  readonly port: Port;
  readonly gate: FrameGate;
}

async function joinCall(browser: Browser, folder: string): Promise<InCall> {
  const connected = deferred<Port>();
  const server = await servePage(folder, {
    connect: (port) => {
      port.onMessage(() => connected.resolve(port));
    },
  });
  const page = await browser.newPage();
  await page.addInitScript(countUntaken);
  await page.goto(await server.address());
  const port = await connected.promise;
  for (const event of [...signedIn(), call(live)]) port.send(JSON.stringify(event));
  await page.getByText('No picture yet').filter({ visible: true }).first().waitFor();
  return { page, port, gate: new FrameGate(port, () => undefined) };
}

/** Sends a frame repeatedly, each time after the page has read the previous one. */
async function sendMany({ port, gate }: InCall, frame: VideoFrame): Promise<void> {
  for (let number = 0; number < FRAMES; number += 1) {
    gate.remote({ number, frame });
    while (port.pendingBytes > 0) await pause(1);
  }
}

/** Sends valid frames until one is shown: everything earlier is processed then. */
async function showPicture({ page, gate }: InCall, data: Uint8Array): Promise<void> {
  let number = FRAMES;
  const timer = setInterval(() => {
    gate.remote({ number, frame: { ...size, codec: 'jpeg', data, capturedAt: Date.now() } });
    number += 1;
  }, 100);
  try {
    await page.locator('.remote .picture:not(.away)').waitFor();
  } finally {
    clearInterval(timer);
  }
}

/** In the page: the maximum sent to workers and not acknowledged. */
function countUntaken(): void {
  const sizes: number[] = [];
  const most = { frames: 0, bytes: 0 };
  Object.assign(window, { untaken: most });
  window.Worker = class extends Worker {
    constructor(...how: ConstructorParameters<typeof Worker>) {
      super(...how);
      this.addEventListener('message', ({ data }) => {
        if (data === 'frame-taken') sizes.shift();
      });
    }

    override postMessage(message: object, how?: StructuredSerializeOptions | Transferable[]): void {
      if ('frame' in message) {
        sizes.push((message.frame as { data: Uint8Array }).data.length);
        const bytes = sizes.reduce((sum, one) => sum + one, 0);
        most.frames = Math.max(most.frames, sizes.length);
        most.bytes = Math.max(most.bytes, bytes);
      }
      super.postMessage(message, how as Transferable[]);
    }
  };
}

/** In the worker: each frame blocks its thread for 100 ms. */
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
    ['large', 512 * 1024],
    ['small', 2 * 1024],
  ])(
    'is sent a limited number of %s frames, and of bytes',
    { timeout: 120_000 },
    async (_, bytes) => {
      const inCall = await joinCall(browser(), folder());
      const { page } = inCall;
      const jpeg = await drawJpeg(page);
      const data = new Uint8Array(bytes);
      data.set(jpeg);
      await sendMany(inCall, { ...size, codec: 'jpeg', data, capturedAt: Date.now() });
      const most = await page.evaluate(
        () => (window as unknown as { untaken: { frames: number; bytes: number } }).untaken,
      );
      // It was slow.
      expect(most.frames).toBeGreaterThan(2);
      expect(most.frames).toBeLessThanOrEqual(8);
      expect(most.bytes).toBeLessThanOrEqual(2 * 1024 * 1024);
      await showPicture(inCall, jpeg);
    },
  );
});

describeWith('chromium', 'a partner who sends what no encoder produces', () => {
  const folder = useBuiltPage();

  test.skipIf(process.platform !== 'linux')(
    'cannot fill the page’s memory with 100,000 parameter sets per frame',
    { timeout: 240_000 },
    async () => {
      const browser = await openChromium('none');
      const inCall = await joinCall(browser, folder());
      const { page } = inCall;
      const before = await peakMemory(browser);
      const data = repeatUnit(await encodeKeyFrame(page), PICTURE_PARAMETER_SET);
      await sendMany(inCall, { ...size, codec: 'h264', isKey: true, data, capturedAt: Date.now() });
      await showPicture(inCall, await drawJpeg(page));
      const growth = (await peakMemory(browser)) - before;
      expect(growth).toBeLessThan(MOST_GROWTH);
    },
  );
});
