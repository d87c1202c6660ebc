import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { captureTime } from '../camera/capture-time.js';
import type { Camera, CaptureRequest } from '../contracts/camera.js';
import { hasCode } from '../errors/roomkey-error.js';
import { onCreditCases, type OpenCamera } from './camera-on-credit.js';
import { MAX_PICTURE_BYTES } from '../wire/index.js';
import { jpegSize } from './jpeg-size.js';
import type { TestRunner } from './runner.js';

/** Options of the camera kit. */
export interface CameraConformanceOptions {
  /** Creates the camera; called once per test. */
  create(): Camera | Promise<Camera>;
  /** The device to open; its pictures should move. Default: the camera's first. */
  readonly deviceId?: string;
  /** An id that no device has. */
  readonly unknownDeviceId: string;
  /** Has the camera take a picture; for cameras that do not do so by themselves. */
  capture?(): void;
}

/** The cases that every `Camera` must pass. */
export function cameraConformance(runner: TestRunner, options: CameraConformanceOptions): void {
  const request: CaptureRequest = {
    ...(options.deviceId === undefined ? {} : { deviceId: options.deviceId }),
    width: 320,
    height: 240,
    fps: 30,
    quality: 80,
  };

  /** Opens a camera, and closes it after use. */
  async function withCamera(
    use: (camera: OpenCamera) => Promise<void>,
    changes: Partial<CaptureRequest> = {},
  ): Promise<void> {
    const camera = await options.create();
    const source = await camera.open({ ...request, ...changes });
    try {
      source.encoding?.setCodecs(['jpeg']);
      const units = source[Symbol.asyncIterator]();
      await use({
        source,
        units,
        next: async () => {
          const taken = units.next();
          source.encoding?.grant(1);
          options.capture?.();
          const result = await taken;
          assert.ok(result.done !== true, 'the iteration ended without close()');
          return result.value;
        },
        skip: async () => {
          options.capture?.();
          await delay(1000 / request.fps);
        },
      });
    } finally {
      await source.close();
    }
  }

  runner.describe('camera', () => {
    runner.test('lists devices, each with a unique id, a label and a known kind', async () => {
      const devices = await (await options.create()).devices();
      assert.equal(new Set(devices.map(({ id }) => id)).size, devices.length);
      for (const { id, label, kind = 'camera' } of devices) {
        assert.ok(id !== '' && label !== '');
        assert.ok(['camera', 'screen'].includes(kind), `${kind} is not a kind of device`);
      }
    });

    runner.test('delivers JPEG frames of the size that they state', async () => {
      await withCamera(async ({ next }) => {
        for (let count = 0; count < 3; count++) {
          const { codec, isKey, data, width, height } = await next();
          assert.equal(codec, 'jpeg');
          assert.ok(isKey, 'a JPEG picture that builds on another one');
          assert.deepEqual(jpegSize(data), { width, height });
          assert.ok(width <= request.width && height <= request.height, 'larger than asked for');
          assert.ok(data.length <= MAX_PICTURE_BYTES, `${data.length} bytes are too many`);
        }
      });
    });

    runner.test('states the capture time of each frame', async () => {
      const opened = captureTime();
      await withCamera(async ({ next }) => {
        let last = opened - CLOCK_STEP;
        for (let count = 0; count < 5; count++) {
          const { capturedAt } = await next();
          assert.ok(capturedAt > last, `${capturedAt} follows ${last}`);
          assert.ok(capturedAt <= captureTime() + CLOCK_STEP, 'taken in the future');
          last = capturedAt;
        }
      });
    });

    runner.test('gives a slow consumer the newest frame and no backlog', async () => {
      await withCamera(async ({ next, skip }) => {
        await next();
        for (let count = 0; count < 15; count++) await skip();
        const resumed = captureTime();
        let old = 0;
        while (old <= 2 && (await next()).capturedAt < resumed) old++;
        // One that was waiting, and one in progress.
        assert.ok(old <= 2, `${old} frames had queued up`);
      });
    });

    runner.test('does not write to a delivered frame', async () => {
      await withCamera(async ({ next }) => {
        const { data } = await next();
        const copy = Uint8Array.from(data);
        for (let count = 0; count < 5; count++) await next();
        assert.deepEqual(Uint8Array.from(data), copy);
      });
    });

    runner.test('changes the quality while running', async () => {
      await withCamera(
        async ({ source, next }) => {
          const before = (await next()).data.length;
          source.setQuality(5);
          // Frames with the old quality may be in progress.
          let after = before;
          for (let count = 0; count < 10; count++) after = (await next()).data.length;
          assert.ok(after < before * 0.8, `${before} bytes at quality 95, ${after} at quality 5`);
        },
        { quality: 95 },
      );
    });

    runner.test('ends the iteration without an error on close, which is idempotent', async () => {
      const camera = await options.create();
      const source = await camera.open(request);
      const ended = (async () => {
        for await (const unit of source) assert.ok(unit.data.length > 0);
      })();
      options.capture?.();
      await source.close();
      await ended;
      await source.close();
    });

    runner.test('releases the device on close, so that it opens again', async () => {
      const camera = await options.create();
      for (let count = 0; count < 3; count++) {
        const source = await camera.open(request);
        const taken = source[Symbol.asyncIterator]().next();
        source.encoding?.setCodecs(['jpeg']);
        source.encoding?.grant(1);
        options.capture?.();
        assert.ok((await taken).done !== true);
        await source.close();
      }
    });

    runner.test('rejects with the abort reason, before and during open', async () => {
      const camera = await options.create();
      const reason = new Error('changed my mind');
      const isReason = (error: unknown) => error === reason;
      const before = AbortSignal.abort(reason);
      await assert.rejects(camera.open(request, { signal: before }), isReason);
      await assert.rejects(camera.devices({ signal: before }), isReason);
      const controller = new AbortController();
      const opening = camera.open(request, { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(opening, isReason);
      // Nothing holds the device now.
      await (await camera.open(request)).close();
    });

    runner.test('rejects an unknown device', async () => {
      const camera = await options.create();
      await assert.rejects(
        camera.open({ ...request, deviceId: options.unknownDeviceId }),
        (error) => hasCode(error, 'RK_CAMERA_NOT_FOUND'),
      );
    });

    runner.test('rejects a request outside the ranges', async () => {
      const camera = await options.create();
      const outside: Partial<CaptureRequest>[] = [
        { width: 15 },
        { width: 7681 },
        { height: 15 },
        { height: 4321 },
        { width: 320.5 },
        { fps: 0.5 },
        { fps: 121 },
        { fps: NaN },
        { quality: 0 },
        { quality: 101 },
      ];
      for (const change of outside) {
        await assert.rejects(camera.open({ ...request, ...change }), RangeError);
      }
      await withCamera(async ({ source, next }) => {
        await next();
        assert.throws(() => source.setQuality(0), RangeError);
        assert.throws(() => source.setQuality(101), RangeError);
      });
    });

    onCreditCases(runner, withCamera);
  });
}

/** How far a camera's clock may differ from ours, ms. */
const CLOCK_STEP = 1000;
