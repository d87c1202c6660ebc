/// <reference lib="dom" />
// The functions that are given to `evaluate` run in the page.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { RoomkeyError } from '@roomkey/core';
import { expect, onTestFinished, test } from 'vitest';
import {
  captureTime,
  MAX_FRAME_BYTES,
  type CaptureRequest,
  type FrameSource,
  type VideoCodec,
  type VideoFrame,
} from '@roomkey/core';
import {
  openChromium,
  unplugCameras,
  useChromium,
  type FakeCamera,
} from '../../../test/support/chromium.js';
import { describeWith } from '../../../test/support/optional.js';
import { BrowserCamera } from '../src/browser-camera.js';
import { SCREEN } from '../src/page/messages.js';
import { PageServer } from './support/browser-page.js';
import { decodeFrames, isTestPicture } from './support/decode.js';

declare global {
  interface Window {
    /** What the page module previews. */
    preview?: MediaStream;
    /** The browser's stream, if a test keeps it. */
    opened?: MediaStream;
  }
}

const request: CaptureRequest = { width: 640, height: 480, fps: 30, quality: 80 };
const everyCodec: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];

interface Opened {
  readonly camera: BrowserCamera;
  readonly page: Page;
}

async function openPage(
  browser: Browser,
  prefixes: Readonly<Record<string, string>> = {},
): Promise<Opened> {
  const server = await PageServer.start(prefixes);
  onTestFinished(() => server.close());
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const { page, channel } = await server.open(context);
  const camera = new BrowserCamera();
  camera.setPage(channel);
  return { camera, page };
}

async function take(source: FrameSource, count: number): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  for await (const frame of source) if (frames.push(frame) === count) break;
  return frames;
}

/**
 * Code that makes every video encoder run `code` for each image; `count` is the number of images so
 * far.
 */
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

/**
 * Grey, with odd sides that 4:2:0 cannot halve: Chromium accepts the file as a camera and ends its
 * track.
 */
function oddClip(): Uint8Array {
  const [width, height] = [65, 49];
  const colors = 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  const picture = Buffer.alloc(width * height + colors, 128);
  const header = `YUV4MPEG2 W${width} H${height} F25:1 Ip A1:1 C420jpeg\n`;
  return Buffer.concat([Buffer.from(header), Buffer.from('FRAME\n'), picture]);
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

describeWith('chromium', 'the camera in Chromium', () => {
  describeFakeCamera();
  describeTrouble();
});

function describeFakeCamera(): void {
  const browser = useChromium('moving', ['--auto-select-tab-capture-source-by-title=Module']);

  test('devices have labels, and the screen is one of them', async () => {
    const { camera } = await openPage(browser());
    expect(await camera.devices()).toEqual([
      { id: 'fake_device_0', label: 'fake_device_0' },
      { id: SCREEN, label: 'Share the screen', kind: 'screen' },
    ]);
  });

  test.each(['fake_device_0', 'Camera 1'])('%s is opened by its name', async (deviceId) => {
    const { camera } = await openPage(browser());
    const source = await camera.open({ ...request, deviceId });
    expect(await take(source, 1)).toHaveLength(1);
    await source.close();
  });

  test.each(everyCodec)('%s frames show what the camera captures', async (codec) => {
    const { camera, page } = await openPage(browser());
    const source = await camera.open({ ...request, codec });
    source.onDemand?.setCodecs(everyCodec);
    const opened = captureTime();
    const frames = await take(source, 8);
    source.onDemand?.requestKeyFrame();
    frames.push(...(await take(source, 4)));
    await source.close();
    expect(new Set(frames.map((frame) => frame.codec))).toEqual(new Set([codec]));
    const keys = frames.map((frame) => frame.codec === 'jpeg' || frame.isKey);
    // Key frames come only on request.
    const expected = frames.map((_, index) => codec === 'jpeg' || index === 0 || index === 8);
    expect(keys).toEqual(expected);
    for (const [index, frame] of frames.entries()) {
      expect(frame).toMatchObject({ width: 640, height: 480 });
      expect(frame.capturedAt).toBeGreaterThan(
        index === 0 ? opened - 1000 : frames[index - 1]!.capturedAt,
      );
      if (codec === 'h264' && keys[index]) expect(hasParameterSets(frame.data)).toBe(true);
    }
    const pictures = await decodeFrames(page, frames);
    expect(pictures).toHaveLength(frames.length);
    for (const picture of pictures) {
      expect(picture).toMatchObject({ width: 640, height: 480 });
      expect(isTestPicture(picture)).toBe(true);
    }
  });

  test('the default codec is H.264, then VP8, and JPEG before codecs are set', async () => {
    const { camera } = await openPage(browser());
    const source = await camera.open(request);
    const codecOfNext = async () => (await take(source, 1))[0]?.codec;
    expect(await codecOfNext()).toBe('jpeg');
    source.onDemand?.setCodecs(everyCodec);
    expect(await codecOfNext()).toBe('h264');
    source.onDemand?.setCodecs(['jpeg', 'vp8']);
    expect(await codecOfNext()).toBe('vp8');
    await source.close();
  });

  // The nearest modes of the fake camera are 1280 × 720 and 640 × 480.
  test.each([
    ['jpeg', 1280, 720, 1280, 720],
    ['jpeg', 600, 400, 533, 400],
    ['h264', 600, 400, 532, 400],
    ['vp8', 600, 400, 532, 400],
    ['jpeg', 700, 500, 640, 480],
  ] as const)('a %s request of %d × %d gives %d × %d', async (codec, width, height, wide, high) => {
    const { camera, page } = await openPage(browser());
    const source = await camera.open({ ...request, codec, width, height });
    source.onDemand?.setCodecs(everyCodec);
    const frames = await take(source, 1);
    await source.close();
    expect(frames[0]).toMatchObject({ width: wide, height: high });
    expect(await decodeFrames(page, frames)).toMatchObject([{ width: wide, height: high }]);
  });

  test('the page gets the preview, and the camera’s light turns off at the end', async () => {
    const { camera, page } = await openPage(browser());
    const source = await camera.open(request);
    const preview = await page.evaluateHandle(() => window.preview?.getVideoTracks()[0]);
    const state = () => preview.evaluate((track) => track?.readyState);
    expect(await state()).toBe('live');
    await source.close();
    expect(await state()).toBe('ended');
    expect(await page.evaluate(() => window.preview)).toBeUndefined();
  });

  test('an aborted open leaves no camera on', async () => {
    const { camera, page } = await openPage(browser(), {
      'devices.js': `
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (constraints) => {
          window.opened = await open(constraints);
          return window.opened;
        };`,
    });
    const controller = new AbortController();
    const opening = camera.open(request, { signal: controller.signal });
    controller.abort(new Error('no'));
    await expect(opening).rejects.toThrow('no');
    await page.waitForFunction(() => window.opened?.getVideoTracks()[0]?.readyState === 'ended');
  });

  test('an unplugged camera ends the iteration, and can be opened again', async () => {
    const { camera, page } = await openPage(browser());
    const source = await camera.open(request);
    await take(source, 1);
    const lost = expect(take(source, 10_000)).rejects.toMatchObject({
      code: 'RK_CAMERA_LOST',
      message: expect.stringContaining('unplugged') as string,
    });
    await unplugCameras(browser());
    await lost;
    await source.close();
    expect(await page.evaluate(() => window.preview)).toBeUndefined();
    const again = await camera.open(request);
    expect(await take(again, 1)).toHaveLength(1);
    await again.close();
  });

  test('a camera in use by another program is reported as busy, and opens once it is free', async () => {
    // Chromium's fake devices can be opened twice, so the browser's error is thrown instead.
    const { camera } = await openPage(browser(), {
      'devices.js': `
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async () => {
          navigator.mediaDevices.getUserMedia = open;
          throw new DOMException('Could not start video source', 'NotReadableError');
        };`,
    });
    await expect(camera.open(request)).rejects.toMatchObject({
      code: 'RK_CAMERA_BUSY',
      message: expect.stringContaining('If another program has it, close that program') as string,
      cause: { message: 'NotReadableError: Could not start video source' },
    });
    const source = await camera.open(request);
    expect(await take(source, 1)).toHaveLength(1);
    await source.close();
  });

  test('closing the page ends the iteration', async () => {
    const { camera, page } = await openPage(browser());
    const source = await camera.open(request);
    const lost = expect(take(source, 10_000)).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
    await page.close();
    await lost;
    await source.close();
  });

  test('without MediaStreamTrackProcessor the images come from a video element', async () => {
    const { camera, page } = await openPage(browser(), {
      'track-processor.js': 'delete globalThis.MediaStreamTrackProcessor;',
    });
    for (const codec of everyCodec) {
      const source = await camera.open({ ...request, codec });
      source.onDemand?.setCodecs(everyCodec);
      const frames = await take(source, 5);
      await source.close();
      expect(new Set(frames.map((frame) => frame.codec))).toEqual(new Set([codec]));
      const age = captureTime() - frames[4]!.capturedAt;
      expect(age).toBeGreaterThan(0);
      expect((await decodeFrames(page, frames)).every(isTestPicture)).toBe(true);
    }
  });

  test('a failing encoder is replaced by the next codec, and finally by JPEG', async () => {
    const { camera } = await openPage(browser(), {
      'delta-encoder.js': eachEncoding('if (count % 4 === 0) this.close(); encode();'),
    });
    const source = await camera.open(request);
    source.onDemand?.setCodecs(everyCodec);
    const frames = await take(source, 8);
    await source.close();
    expect(frames.map((frame) => frame.codec)).toEqual([
      ...['h264', 'h264', 'h264'],
      ...['vp8', 'vp8', 'vp8'],
      ...['jpeg', 'jpeg'],
    ]);
    expect(frames[3]).toMatchObject({ isKey: true });
  });

  test('a browser without video encoders gives JPEG', async () => {
    const { camera } = await openPage(browser(), {
      'worker.js': 'delete globalThis.VideoEncoder;',
    });
    const source = await camera.open({ ...request, codec: 'h264' });
    source.onDemand?.setCodecs(everyCodec);
    expect((await take(source, 2)).map((frame) => frame.codec)).toEqual(['jpeg', 'jpeg']);
    await source.close();
  });

  test('an image that the encoder skips is followed by the next', async () => {
    const { camera } = await openPage(browser(), {
      'delta-encoder.js': eachEncoding('if (count % 3 !== 0) encode();'),
    });
    const source = await camera.open({ ...request, codec: 'h264' });
    source.onDemand?.setCodecs(everyCodec);
    expect(await take(source, 6)).toHaveLength(6);
    await source.close();
  });

  test('no JPEG image exceeds the size limit of a call', async () => {
    // Incompressible noise at full quality.
    const { camera } = await openPage(browser(), {
      'devices.js': `
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
    const source = await camera.open({ width: 1280, height: 720, fps: 30, quality: 100 });
    for (const frame of await take(source, 2)) {
      expect(frame.data.length).toBeLessThanOrEqual(MAX_FRAME_BYTES);
      // Not smaller than necessary.
      expect(frame.data.length).toBeGreaterThan(MAX_FRAME_BYTES / 4);
    }
    await source.close();
  });

  test('a frame that is too large is followed by a key frame at half the bit rate', async () => {
    const { camera, page } = await openPage(browser(), {
      'delta-encoder.js': `
        const { get } = Object.getOwnPropertyDescriptor(EncodedVideoChunk.prototype, 'byteLength');
        Object.defineProperty(EncodedVideoChunk.prototype, 'byteLength', {
          // The third chunk; byteLength is read more than once per chunk.
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
    const source = await camera.open({ ...request, codec: 'h264' });
    source.onDemand?.setCodecs(everyCodec);
    const frames = await take(source, 4);
    await source.close();
    expect(frames.map((frame) => frame.codec === 'h264' && frame.isKey)).toEqual([
      ...[true, false],
      ...[true, false],
    ]);
    await twoCame;
    expect(bitRates).toEqual([bitRates[0], Math.round(bitRates[0]! / 2)]);
  });

  test('a still screen is encoded repeatedly, for later receivers too', async () => {
    const { camera } = await openPage(browser(), {
      'devices.js': `
        navigator.mediaDevices.getDisplayMedia = async () => {
          const canvas = document.createElement('canvas');
          const stream = canvas.captureStream();
          setTimeout(() => canvas.getContext('2d').fillRect(0, 0, 9, 9), 100);
          return stream;
        };`,
    });
    const source = await camera.open({ ...request, deviceId: SCREEN, codec: 'h264' });
    for (let receiver = 0; receiver < 2; receiver++) {
      source.onDemand?.setCodecs(everyCodec);
      const frames = await take(source, 3);
      expect(frames.map((frame) => frame.codec === 'h264' && frame.isKey)).toEqual([
        ...[true, false, false],
      ]);
      // It gets a new capture time, so that it is not too old to show.
      const [first, , third] = frames.map(({ capturedAt }) => capturedAt);
      expect(third! - first!).toBeGreaterThan(400);
    }
    await source.close();
  });

  test('the screen is shared after a click, until the user stops it', async () => {
    const { camera, page } = await openPage(browser());
    await page.mouse.click(1, 1);
    const source = await camera.open({ ...request, deviceId: SCREEN });
    source.onDemand?.setCodecs(everyCodec);
    const frames = await take(source, 3);
    for (const frame of frames) {
      expect(frame.width).toBeLessThanOrEqual(640);
      expect(frame.height).toBeLessThanOrEqual(480);
    }
    source.onDemand?.requestKeyFrame();
    expect((await take(source, 1))[0]).toMatchObject({ isKey: true });
    // Like the browser's own button: the track ends, which page code cannot cause.
    const lost = expect(take(source, 10_000)).rejects.toMatchObject({
      code: 'RK_CAMERA_LOST',
      message: expect.stringContaining('no longer shared') as string,
    });
    await page.evaluate(() => {
      const [track] = window.preview?.getVideoTracks() ?? [];
      track?.stop();
      track?.dispatchEvent(new Event('ended'));
    });
    await lost;
    await source.close();
  });
}

function describeTrouble(): void {
  async function start(fake: FakeCamera): Promise<BrowserCamera> {
    return (await openPage(await openChromium(fake))).camera;
  }

  test('a refused permission says how to grant it', async () => {
    const camera = await start('refused');
    await expect(camera.open(request)).rejects.toMatchObject({
      code: 'RK_CAMERA_DENIED',
      message: expect.stringContaining('browser’s site settings') as string,
    });
    expect(await camera.devices()).toContainEqual({ id: 'Camera 1', label: 'Camera 1' });
  });

  test.each([
    ['a track processor', ''],
    ['a video element', 'delete globalThis.MediaStreamTrackProcessor;'],
  ])('a camera with unreadable images fails to open, with %s', async (_, setUp) => {
    const clip = join(await mkdtemp(join(tmpdir(), 'roomkey-clip-')), 'odd.y4m');
    onTestFinished(() => rm(dirname(clip), { recursive: true }));
    await writeFile(clip, oddClip());
    const browser = await openChromium({ clip });
    const { camera } = await openPage(browser, { 'track-processor.js': setUp });
    // Chromium reports it before or after granting the device, with different errors.
    const error: unknown = await camera.open(request).catch((thrown: unknown) => thrown);
    expect([
      [
        'RK_CAMERA_FAILED',
        'The camera opens and gives no picture. Take off its cover, connect it again, or choose another one.',
      ],
      [
        'RK_CAMERA_BUSY',
        'The camera does not start. If another program has it, close that program, then start the camera again. Otherwise connect it again, or choose another one.',
      ],
    ]).toContainEqual(error instanceof RoomkeyError && [error.code, error.message]);
  });

  test('a computer without a camera lists none', async () => {
    const camera = await start('none');
    await expect(camera.open(request)).rejects.toMatchObject({ code: 'RK_CAMERA_NOT_FOUND' });
    expect(await camera.devices()).toEqual([
      { id: SCREEN, label: 'Share the screen', kind: 'screen' },
    ]);
  });

  test('a screen share that the user cancels is refused', async () => {
    const camera = await start('refused');
    await expect(camera.open({ ...request, deviceId: SCREEN })).rejects.toMatchObject({
      code: 'RK_CAMERA_DENIED',
      message: expect.stringMatching(/none was chosen|right after a click/) as string,
    });
  });
}
