/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { captureTime, RoomkeyError } from '@roomkey/core';
import { expect, onTestFinished, test } from 'vitest';
import {
  openChromium,
  unplugCameras,
  useChromium,
  type FakeCamera,
} from '../../../test/support/chromium.js';
import { describeWith } from '../../../test/support/optional.js';
import type { BrowserCamera } from '../src/browser-camera.js';
import { SCREEN } from '../src/messages.js';
import { openPage, openSource, request, take } from './support/camera-page.js';
import { decodeUnits, isTestPicture } from './support/decode.js';

declare global {
  interface Window {
    /** The browser's stream, if a test stores it. */
    opened?: MediaStream;
  }
}

/** A gray clip with odd sides, which 4:2:0 cannot halve: Chromium opens it as a camera and ends its track. */
function oddClip(): Uint8Array {
  const [width, height] = [65, 49];
  const chromaBytes = 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  const picture = Buffer.alloc(width * height + chromaBytes, 128);
  const header = `YUV4MPEG2 W${width} H${height} F25:1 Ip A1:1 C420jpeg\n`;
  return Buffer.concat([Buffer.from(header), Buffer.from('FRAME\n'), picture]);
}

describeWith('chromium', 'devices in Chromium', () => {
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

  test.each(['fake_device_0', 'Camera 1'])('opens %s by its name', async (deviceId) => {
    const { camera } = await openPage(browser());
    const source = await openSource(camera, { deviceId });
    expect(await take(source, 1)).toHaveLength(1);
    await source.close();
  });

  test('the host gets the own picture, and the camera’s light turns off at the end', async () => {
    const { camera, page } = await openPage(browser());
    const source = await camera.open(request);
    const preview = await page.evaluateHandle(() => window.previews.camera?.getVideoTracks()[0]);
    const state = () => preview.evaluate((track) => track?.readyState);
    expect(await state()).toBe('live');
    await source.close();
    expect(await state()).toBe('ended');
    expect(await page.evaluate(() => window.previews.camera)).toBeUndefined();
  });

  test('an aborted open leaves no camera on', async () => {
    const { camera, page } = await openPage(browser(), {
      'index.js': `
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

  test('a camera that is unplugged ends the iteration, and can be opened again', async () => {
    const { camera, page } = await openPage(browser());
    const source = await openSource(camera);
    await take(source, 1);
    const lost = expect(take(source, 10_000)).rejects.toMatchObject({
      code: 'RK_CAMERA_LOST',
      message: expect.stringContaining('unplugged') as string,
    });
    await unplugCameras(browser());
    await lost;
    await source.close();
    expect(await page.evaluate(() => window.previews.camera)).toBeUndefined();
    const again = await openSource(camera);
    expect(await take(again, 1)).toHaveLength(1);
    await again.close();
  });

  test('a camera in use by another program is reported, and opens when it is free', async () => {
    // Chromium's fake devices are never busy, so the test throws the browser's error.
    const { camera } = await openPage(browser(), {
      'index.js': `
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
    const source = await openSource(camera);
    expect(await take(source, 1)).toHaveLength(1);
    await source.close();
  });

  test('a page that is closed ends the iteration', async () => {
    const { camera, page } = await openPage(browser());
    const source = await camera.open(request);
    const lost = expect(take(source, 1)).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
    await page.close();
    await lost;
    await source.close();
  });

  test('without a stream of the track’s pictures, the pictures come from a video element', async () => {
    const { camera, page } = await openPage(browser(), {
      'index.js': 'delete globalThis.MediaStreamTrackProcessor;',
    });
    const source = await openSource(camera);
    const units = await take(source, 5);
    await source.close();
    expect(captureTime() - units[4]!.capturedAt).toBeGreaterThan(0);
    expect((await decodeUnits(page, units)).every(isTestPicture)).toBe(true);
  });

  test('the screen is shared after a click, until the sharing is stopped', async () => {
    const { camera, page } = await openPage(browser());
    await page.mouse.click(1, 1);
    const source = await openSource(camera, { deviceId: SCREEN });
    for (const unit of await take(source, 3)) {
      expect(unit.width).toBeLessThanOrEqual(640);
      expect(unit.height).toBeLessThanOrEqual(480);
    }
    source.encoding?.requestKeyUnit();
    expect((await take(source, 1))[0]).toMatchObject({ isKey: true });
    // Like the browser's own button: the track ends, which code of a page cannot cause.
    const lost = expect(take(source, 10_000)).rejects.toMatchObject({
      code: 'RK_CAMERA_LOST',
      message: expect.stringContaining('no longer shared') as string,
    });
    await page.evaluate(() => {
      const [track] = window.previews.screen?.getVideoTracks() ?? [];
      track?.stop();
      track?.dispatchEvent(new Event('ended'));
    });
    await lost;
    await source.close();
  });

  test.each([
    [
      'with that of the system where the browser leaves the page out',
      '{ restrictOwnAudio: true }',
      'include',
    ],
    ['without that of the system where it cannot', '{}', 'exclude'],
  ])('the screen is asked for with its sound, %s', async (_, supported, systemAudio) => {
    const { camera, page } = await openPage(browser(), {
      'index.js': `
        const { mediaDevices } = navigator;
        mediaDevices.getSupportedConstraints = () => (${supported});
        const share = mediaDevices.getDisplayMedia.bind(mediaDevices);
        mediaDevices.getDisplayMedia = (options) => share((window.asked = options));`,
    });
    await page.mouse.click(1, 1);
    const source = await openSource(camera, { deviceId: SCREEN });
    const asked = await page.evaluate(() => (window as { asked?: object }).asked);
    expect(asked).toMatchObject({
      audio: {
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
        restrictOwnAudio: true,
        suppressLocalAudioPlayback: false,
      },
      systemAudio,
      selfBrowserSurface: 'exclude',
    });
    await source.close();
  });

  test.each([
    ['a tab is', 'browser', false, 'live'],
    ['the system is, where the browser leaves the page out,', 'monitor', true, 'live'],
    ['the system is not, where the page is in it,', 'monitor', false, undefined],
  ])('the sound of %s offered while it is shared', async (_, displaySurface, own, offered) => {
    const settings = JSON.stringify({ displaySurface, restrictOwnAudio: own });
    const { camera, page } = await openPage(browser(), {
      'index.js': `
        const { getSettings } = MediaStreamTrack.prototype;
        MediaStreamTrack.prototype.getSettings = function () {
          return { ...getSettings.call(this), ...${settings} };
        };`,
    });
    await page.mouse.click(1, 1);
    const source = await openSource(camera, { deviceId: SCREEN });
    expect(await page.evaluate(() => window.screenAudio?.readyState)).toBe(offered);
    await source.close();
    expect(await page.evaluate(() => window.screenAudio)).toBeUndefined();
  });

  test('the screen is shared without sound where the person or the browser gives none', async () => {
    const { camera, page } = await openPage(browser(), {
      'index.js': `
        const { mediaDevices } = navigator;
        const share = mediaDevices.getDisplayMedia.bind(mediaDevices);
        mediaDevices.getDisplayMedia = (options) => share({ ...options, audio: false });`,
    });
    await page.mouse.click(1, 1);
    const source = await openSource(camera, { deviceId: SCREEN });
    expect(await take(source, 3)).toHaveLength(3);
    expect(await page.evaluate(() => window.screenAudio)).toBeUndefined();
    await source.close();
  });

  test('a screen on which nothing moves is shared even if its image is lost at first', async () => {
    const { camera, page } = await openPage(browser(), {
      'index.js': `
        let isPlayed = false;
        const { play } = HTMLMediaElement.prototype;
        HTMLMediaElement.prototype.play = function () {
          isPlayed = true;
          return play.call(this);
        };
        const Processor = globalThis.MediaStreamTrackProcessor;
        globalThis.MediaStreamTrackProcessor = class {
          constructor(options) {
            const transform = (image, controller) =>
              isPlayed ? controller.enqueue(image) : image.close();
            this.readable = new Processor(options).readable.pipeThrough(
              new TransformStream({ transform }),
            );
          }
        };`,
    });
    await page.mouse.click(1, 1);
    const source = await openSource(camera, { deviceId: SCREEN });
    expect(await decodeUnits(page, await take(source, 1))).toHaveLength(1);
    await source.close();
  });

  test('the camera and the screen run beside each other, each with a preview of its own', async () => {
    const { camera, page } = await openPage(browser());
    const shown = () =>
      page.evaluate(() => {
        const { camera, screen } = window.previews;
        return [camera, screen].map((stream) => stream?.getVideoTracks()[0]?.label ?? 'none');
      });
    const face = await openSource(camera);
    expect(await shown()).toEqual(['fake_device_0', 'none']);
    await page.mouse.click(1, 1);
    const screen = await openSource(camera, { deviceId: SCREEN, width: 320, height: 240 });
    expect(await shown()).toEqual(['fake_device_0', expect.stringMatching(/^(?!none|fake)/)]);
    const [faces, screens] = await Promise.all([take(face, 20), take(screen, 3)]);
    expect((await decodeUnits(page, faces)).every(isTestPicture)).toBe(true);
    for (const { width } of faces) expect(width).toBe(640);
    for (const { width } of screens) expect(width).toBeLessThanOrEqual(320);
    expect(await decodeUnits(page, screens)).toHaveLength(3);
    await screen.close();
    expect(await shown()).toEqual(['fake_device_0', 'none']);
    expect(await take(face, 3)).toHaveLength(3);
    await face.close();
    expect(await shown()).toEqual(['none', 'none']);
  });
}

function describeTrouble(): void {
  async function start(fake: FakeCamera): Promise<BrowserCamera> {
    return (await openPage(await openChromium(fake))).camera;
  }

  test('the error of a refused permission says how to grant it', async () => {
    const camera = await start('refused');
    await expect(camera.open(request)).rejects.toMatchObject({
      code: 'RK_CAMERA_DENIED',
      message: expect.stringContaining('browser’s site settings') as string,
    });
    expect(await camera.devices()).toContainEqual({ id: 'Camera 1', label: 'Camera 1' });
  });

  test.each([
    ['a stream of the track’s pictures', ''],
    ['a video element', 'delete globalThis.MediaStreamTrackProcessor;'],
  ])('a camera whose pictures cannot be read gives none, with %s', async (_, setUp) => {
    const clip = join(await mkdtemp(join(tmpdir(), 'roomkey-clip-')), 'odd.y4m');
    onTestFinished(() => rm(dirname(clip), { recursive: true }));
    await writeFile(clip, oddClip());
    const browser = await openChromium({ clip });
    const { camera } = await openPage(browser, { 'index.js': setUp });
    // Chromium notices this before or after it opens the device, and names the reason only after.
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

  test('a computer without a camera has no devices', async () => {
    const camera = await start('none');
    await expect(camera.open(request)).rejects.toMatchObject({ code: 'RK_CAMERA_NOT_FOUND' });
    expect(await camera.devices()).toEqual([
      { id: SCREEN, label: 'Share the screen', kind: 'screen' },
    ]);
  });

  test('sharing without a chosen screen is refused', async () => {
    const camera = await start('refused');
    await expect(camera.open({ ...request, deviceId: SCREEN })).rejects.toMatchObject({
      code: 'RK_CAMERA_DENIED',
      message: expect.stringMatching(/none was chosen|right after a click/) as string,
    });
  });
}
