import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childEnvironment, type CaptureRequest } from '@roomkey/core';
import { configSchema } from '../src/config.js';
import { parseDeviceName } from '../src/device-name.js';
import { listDevices, requireDevice } from '../src/devices.js';
import { quietOpenCv, readByOpenCv } from '../src/capture-environment.js';
import { FilePictures } from '../src/capture/file-pictures.js';
import { FileTimes } from '../src/capture/file-times.js';
import { LivePictures, chooseMode } from '../src/capture/live-pictures.js';
import { openDevice, openSource } from '../src/capture/open-source.js';
import { startLoop } from '../src/capture/start-loop.js';
import { checkSource } from '../src/check-source.js';
import { FakeCapture, FakeOpenCv } from './support/fake-opencv.js';

const request: CaptureRequest = { width: 64, height: 64, fps: 120, quality: 80 };
const never = new AbortController().signal;
const noFile = () => Promise.reject(new Error('no such file'));

function fake(heights: readonly number[] = []) {
  const capture = new FakeCapture(() => openCv, heights);
  const openCv: FakeOpenCv = new FakeOpenCv(() => capture);
  return { openCv, capture };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-opencv-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a device name', () => {
  test.each([
    ['0', { kind: 'device', index: 0 }],
    ['12', { kind: 'device', index: 12 }],
    ['file:/clips/a.mp4', { kind: 'file', path: '/clips/a.mp4' }],
    ['file:a b.mp4', { kind: 'file', path: '/base/a b.mp4' }],
    ['file:~/a.mp4', { kind: 'file', path: join(homedir(), 'a.mp4') }],
    ['file:~a/b.mp4', { kind: 'file', path: '/base/~a/b.mp4' }],
    ['url:rtsp://camera.local/live', { kind: 'url', href: 'rtsp://camera.local/live' }],
    ['url:http://cam.local/@2', { kind: 'url', href: 'http://cam.local/@2' }],
    ['url:rtsp://a:p%23@cam.local/', { kind: 'url', href: 'rtsp://a:p%23@cam.local/' }],
    ['pipeline:a !\nb ! appsink', { kind: 'pipeline', text: 'a !\nb ! appsink' }],
  ])('%j is understood', (name, source) => {
    expect(parseDeviceName(name, '/base')).toEqual(source);
  });

  test.each(['', '-1', '0x1', '1.5', 'file:', 'url:', 'url:nowhere', 'clip.mp4', 'FILE:a'])(
    '%j is not found',
    (name) => {
      expect(() => parseDeviceName(name, '/base')).toThrow(
        expect.objectContaining({ code: 'RK_CAMERA_NOT_FOUND' }),
      );
    },
  );
});

describe('the address of a camera', () => {
  test.each([
    'url:rtsp://admin:secret#ss@127.0.0.1:554/x',
    'url:rtsp://admin:123#secret@127.0.0.1:554/x',
    'url:rtsp://admin:123/secret@127.0.0.1:554/x',
    'url:rtsp://admin:123?secret@127.0.0.1:554/x',
    'url:rtsp://admin:secret@127.0.0.1:port/x',
    'url:rtsp://admin:secret@[::1/x',
  ])('%j is refused with the hint to encode, without its password', (name) => {
    expect(() => parseDeviceName(name, '/base')).toThrow(
      expect.objectContaining({
        code: 'RK_CAMERA_NOT_FOUND',
        message: expect.stringContaining('%23') as string,
      }),
    );
    expect(() => parseDeviceName(name, '/base')).not.toThrow(/secret|123/);
  });

  test.each(['rtsp://admin:secret@127.0.0.1/x', 'Url:rtsp://admin:secret@127.0.0.1/x'])(
    '%j, which lacks its kind, is refused without its password',
    (name) => {
      expect(() => parseDeviceName(name, '/base')).toThrow(/url:rtsp/);
      expect(() => parseDeviceName(name, '/base')).not.toThrow(/secret/);
    },
  );
});

test('the capture process gets no password from the environment', () => {
  const secrets = {
    ROOMKEY_PASSWORD: 'secret',
    ROOMKEY_ROOM_PASSWORD: 'secret',
    MONGO_URI: 'mongodb://ada:secret@db/roomkey',
    AWS_SECRET_ACCESS_KEY: 'secret',
    NODE_OPTIONS: '--inspect',
  };
  const own = { ...secrets, PATH: '/bin', GST_PLUGIN_PATH: '/gst', OPENCV_LOG_LEVEL: 'DEBUG' };
  expect(childEnvironment(quietOpenCv(own), own, readByOpenCv)).toEqual({
    PATH: '/bin',
    GST_PLUGIN_PATH: '/gst',
    OPENCV_LOG_LEVEL: 'DEBUG',
    OPENCV_FFMPEG_LOGLEVEL: '-8',
  });
});

describe('the devices', () => {
  test('are those of Linux that deliver pictures, in the order of their numbers', async () => {
    const list = join(folder, 'video4linux');
    const node = async (name: string, label: string, index: string) => {
      await mkdir(join(list, name), { recursive: true });
      await writeFile(join(list, name, 'name'), `${label}\n`);
      await writeFile(join(list, name, 'index'), `${index}\n`);
    };
    await node('video10', 'Door', '0');
    await node('video2', 'Desk', '0');
    await node('video3', 'Desk', '1');
    await mkdir(join(list, 'v4l-subdev0'));
    expect(await listDevices('linux', list)).toEqual([
      { id: '2', label: 'Desk' },
      { id: '10', label: 'Door' },
    ]);
  });

  test('are none on a Linux without a driver, and the default camera elsewhere', async () => {
    expect(await listDevices('linux', join(folder, 'missing'))).toEqual([]);
    expect(await listDevices('darwin')).toEqual([{ id: '0', label: 'Default camera' }]);
  });

  test('must not be empty for the plugin to be available', () => {
    const unavailable = expect.objectContaining({ code: 'RK_PLUGIN_UNAVAILABLE' }) as Error;
    expect(() => requireDevice([])).toThrow(unavailable);
    requireDevice([{ id: '0', label: 'Desk' }]);
  });
});

describe('opening', () => {
  const failsFirst = (backends: readonly number[]) =>
    new FakeOpenCv((backend) => {
      if (backends.includes(backend)) throw new Error('failed to open capture');
      return new FakeCapture(() => new FakeOpenCv(() => undefined as never), []);
    });

  test('a device on Windows is tried again with DirectShow', () => {
    const openCv = failsFirst([0]);
    openDevice(openCv, 1, 'win32');
    expect(openCv.opened).toEqual([
      [1, 0],
      [1, 700],
    ]);
  });

  test('a device on Windows that opens is not opened again', () => {
    const openCv = failsFirst([]);
    openDevice(openCv, 1, 'win32');
    expect(openCv.opened).toEqual([[1, 0]]);
  });

  test('a device elsewhere is not tried with DirectShow', () => {
    const openCv = failsFirst([0]);
    expect(() => openDevice(openCv, 1, 'linux')).toThrow();
    expect(openCv.opened).toEqual([[1, 0]]);
  });

  test('a device on Windows that fails both ways is not found, and the cause is kept', () => {
    const open = () => openSource(failsFirst([0, 700]), { kind: 'device', index: 1 }, 'win32');
    expect(open).toThrow(
      expect.objectContaining({
        code: 'RK_CAMERA_NOT_FOUND',
        cause: new Error('failed to open capture'),
      }),
    );
  });

  test('a device that Linux does not have is not found', async () => {
    const checked = checkSource({ kind: 'device', index: 987 }, undefined, 'linux');
    await expect(checked).rejects.toMatchObject({ code: 'RK_CAMERA_NOT_FOUND' });
  });

  test('a missing file is not found, and a folder is no video', async () => {
    const missing = checkSource({ kind: 'file', path: join(folder, 'no') }, undefined);
    await expect(missing).rejects.toMatchObject({ code: 'RK_CAMERA_NOT_FOUND' });
    const directory = checkSource({ kind: 'file', path: folder }, undefined);
    await expect(directory).rejects.toMatchObject({ code: 'RK_CAMERA_FAILED' });
  });

  test('a server that does not run is not found', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const source = { kind: 'url', href: `rtsp://admin:secret@127.0.0.1:${port}/live` } as const;
    await checkSource(source, undefined);
    await new Promise((resolve) => server.close(resolve));
    const error: unknown = await checkSource(source, undefined).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RK_CAMERA_NOT_FOUND' });
    expect(inspect(error)).not.toContain('secret');
  });
});

describe('a device', () => {
  test('is asked for the mode that the call wants', async () => {
    const { openCv, capture } = fake();
    await chooseMode(openCv, capture, request);
    expect(capture.get(openCv.CAP_PROP_FRAME_WIDTH)).toBe(64);
    expect(capture.get(openCv.CAP_PROP_FRAME_HEIGHT)).toBe(64);
    expect(capture.get(openCv.CAP_PROP_FPS)).toBe(120);
  });

  test('may skip a picture, and counts as lost after three empty ones', async () => {
    const { openCv, capture } = fake([32, 0, 0, 32, 0, 0, 0]);
    const pictures = new LivePictures(capture, { ...request, fps: 1e6 });
    (await pictures.next())?.release();
    (await pictures.next())?.release();
    await expect(pictures.next()).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
    expect(capture.reads).toBe(7);
    expect(openCv.alive).toBe(0);
  });

  test('that is faster than requested has pictures dropped', async () => {
    const { openCv, capture } = fake([32, 32, 32]);
    const pictures = new LivePictures(capture, { ...request, fps: 1e-6 });
    (await pictures.next())?.release();
    expect(await pictures.next()).toBeUndefined();
    expect(await pictures.next()).toBeUndefined();
    expect(openCv.alive).toBe(0);
  });
});

describe('a file', () => {
  test('restarts at its end', async () => {
    const { openCv, capture } = fake([16, 17]);
    capture.properties.set(openCv.CAP_PROP_FPS, 240);
    const pictures = new FilePictures(openCv, capture, noFile, { ...request, fps: 240 });
    const heights = [];
    for (let count = 0; count < 5; count++) {
      const picture = await pictures.next(never);
      heights.push(picture?.rows);
      picture?.release();
    }
    expect(heights).toEqual([16, 17, 16, 17, 16]);
    expect(openCv.alive).toBe(0);
  });

  test('that cannot be rewound is reopened at its end', async () => {
    const { openCv } = fake();
    const captures: FakeCapture[] = [];
    const open = () => {
      const capture = new FakeCapture(() => openCv, [16, 17], false);
      capture.properties.set(openCv.CAP_PROP_FPS, 240);
      captures.push(capture);
      return capture;
    };
    const reopen = () => Promise.resolve(open());
    const pictures = new FilePictures(openCv, open(), reopen, { ...request, fps: 240 });
    const heights = [];
    for (let count = 0; count < 5; count++) {
      const picture = await pictures.next(never);
      heights.push(picture?.rows);
      picture?.release();
    }
    expect(heights).toEqual([16, 17, 16, 17, 16]);
    pictures.release();
    expect(captures.map(({ released }) => released)).toEqual([1, 1, 1]);
    expect(openCv.alive).toBe(0);
  });

  test('with one picture shows it continuously, and is not read again', async () => {
    const { openCv, capture } = fake([16]);
    const pictures = new FilePictures(openCv, capture, noFile, { ...request, fps: 120 });
    for (let count = 0; count < 6; count++) {
      const picture = await pictures.next(never);
      expect(picture?.rows).toBe(16);
      picture?.release();
    }
    // It is read again after its end, and not after that.
    expect(capture.reads).toBe(1);
    expect(openCv.alive).toBe(1);
    pictures.release();
    expect(openCv.alive).toBe(0);
  });

  test('plays at its own times, also after a restart', () => {
    const { openCv, capture } = fake();
    capture.properties.set(openCv.CAP_PROP_FPS, 10);
    const times = new FileTimes(openCv, capture);
    const read = (position: number) => {
      capture.properties.set(openCv.CAP_PROP_POS_MSEC, position);
      return times.read(capture);
    };
    expect([1400, 1900, 1933].map(read)).toEqual([0, 500, 533]);
    times.beginAgain();
    expect([1400, 1900].map(read)).toEqual([633, 1133]);
  });

  test('without times, or with decreasing ones, plays at its rate', () => {
    const { openCv, capture } = fake();
    capture.properties.set(openCv.CAP_PROP_FPS, 10);
    for (const positions of [
      [-3.7e20, -3.7e20, -3.7e20],
      [0, 0, 0],
      [NaN, NaN, NaN],
    ]) {
      const times = new FileTimes(openCv, capture);
      const read = (position: number) => {
        capture.properties.set(openCv.CAP_PROP_POS_MSEC, position);
        return times.read(capture);
      };
      expect(positions.map(read)).toEqual([0, 100, 200]);
    }
  });

  test('counts as lost if it no longer exists at its end', async () => {
    const { openCv, capture } = fake([]);
    const pictures = new FilePictures(openCv, capture, noFile, request);
    await expect(pictures.next(never)).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
  });

  test.each([
    [240, [1, 1, 1, 1, 1, 1]],
    [120, [1, 0, 1, 0, 1, 0]],
    [80, [1, 0, 0, 1, 0, 0]],
  ])('of 240 pictures a second shows its share of %i', async (fps, expected) => {
    const { openCv, capture } = fake([16, 16, 16, 16, 16, 16]);
    capture.properties.set(openCv.CAP_PROP_FPS, 240);
    const pictures = new FilePictures(openCv, capture, noFile, { ...request, fps });
    const shown = [];
    for (let count = 0; count < 6; count++) {
      const picture = await pictures.next(never);
      shown.push(picture === undefined ? 0 : 1);
      picture?.release();
    }
    expect(shown).toEqual(expected);
    expect(openCv.alive).toBe(0);
  });
});

describe('the loop', () => {
  test('releases every picture, scaled or not, and the capture once', async () => {
    const { openCv, capture } = fake(Array.from({ length: 20 }, (_, index) => 60 + index));
    const pictures = new LivePictures(capture, { ...request, fps: 1e6 });
    const loop = startLoop(openCv, pictures, openCv.mat(128, 32), request);
    const sizes: number[][] = [];
    await expect(async () => {
      for await (const { width, height } of loop) sizes.push([width, height]);
    }).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
    expect(sizes[0]).toEqual([16, 64]);
    expect(openCv.alive).toBe(0);
    await loop.close();
    expect(capture.released).toBe(1);
  });
});

test('the configuration accepts only a device', () => {
  expect(configSchema.parse({ device: 'file:a.mp4' })).toEqual({ device: 'file:a.mp4' });
  expect(configSchema.safeParse({ device: 1 }).success).toBe(false);
  expect(configSchema.safeParse({ camera: '0' }).success).toBe(false);
});
