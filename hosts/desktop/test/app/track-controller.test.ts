import { describe, expect, test } from 'vitest';
import { RoomkeyError, type CaptureRequest } from '@roomkey/core/host';
import { TrackController } from '../../src/app/track-controller.js';

const wide: CaptureRequest = { width: 1280, height: 720, fps: 30, quality: 80 };
const busy = new RoomkeyError('RK_CAMERA_BUSY', 'Another program has it.');
const lost = new RoomkeyError('RK_CAMERA_LOST', 'It is gone.');

/** A camera whose starts a test completes. */
function setup({ restarts = true } = {}) {
  const journal: string[] = [];
  const starts: {
    readonly deviceId: string | undefined;
    resolve(): void;
    reject(error: Error): void;
  }[] = [];
  let wake = (): void => undefined;
  let breakOff = (): void => undefined;
  const world = {
    request: wide,
    page: {} as object | undefined,
    stopped: Promise.resolve(),
  };
  const camera = new TrackController({
    restarts,
    track: Promise.resolve({
      start: ({ quality, deviceId }) => {
        journal.push(`start ${quality}`);
        return new Promise<void>((resolve, reject) => {
          starts.push({ deviceId, resolve, reject });
          breakOff = () => reject(new RoomkeyError('RK_CLOSED', 'It was stopped before.'));
          wake();
        });
      },
      stop: () => {
        journal.push('stop');
        breakOff();
        return world.stopped;
      },
      setQuality: (quality) => journal.push(`quality ${quality}`),
    }),
    request: () => world.request,
    page: () => world.page,
    onChange: () => journal.push(camera.view.kind),
    failureOf: (error) => ({ code: (error as RoomkeyError).code, message: 'why' }),
  });
  /** The next start request. */
  const started = async () => {
    for (;;) {
      const start = starts.shift();
      if (start !== undefined) return start;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const run = async (): Promise<void> => {
    const running = camera.start();
    (await started()).resolve();
    await running;
    journal.length = 0;
  };
  return { camera, journal, started, run, world };
}

test('the camera starts, shows whether its video comes as units, and stops', async () => {
  const { camera, journal, started } = setup();
  const running = camera.start();
  (await started()).resolve();
  await running;
  expect(camera.view).toEqual({ kind: 'on', preview: false });
  camera.onPreviewUnit();
  camera.onPreviewUnit();
  expect(camera.view).toEqual({ kind: 'on', preview: true });
  await camera.start();
  await camera.stop();
  expect(journal).toEqual(['starting', 'start 80', 'on', 'on', 'stop', 'off']);
});

test('a camera that fails to close is off, and reports why', async () => {
  const { camera, run, world } = setup();
  await run();
  world.stopped = Promise.reject(lost);
  await expect(camera.stop()).rejects.toBe(lost);
  expect(camera.view).toEqual({ kind: 'off' });
});

test('a start that cannot be cancelled does not prevent the next one', async () => {
  const { camera, started, world } = setup();
  const first = camera.start();
  await started();
  world.stopped = Promise.reject(lost);
  world.request = { ...wide, width: 640, height: 360 };
  const refreshed = camera.refresh();
  (await started()).resolve();
  await Promise.all([first, refreshed]);
  expect(camera.view.kind).toBe('on');
});

test('a camera that fails to start reports why, and is tried again on request', async () => {
  const { camera, started, run } = setup();
  const running = camera.start();
  (await started()).reject(busy);
  await expect(running).rejects.toBe(busy);
  expect(camera.view).toEqual({
    kind: 'failed',
    failure: { code: 'RK_CAMERA_BUSY', message: 'why' },
  });
  await camera.refresh();
  expect(camera.view.kind).toBe('failed');
  await run();
  expect(camera.view.kind).toBe('on');
});

test('changed settings restart the camera, once for many changes', async () => {
  const { camera, journal, started, run, world } = setup();
  await camera.refresh();
  expect(journal).toEqual([]);
  await run();
  await camera.refresh();
  expect(journal).toEqual([]);
  const changes = [15, 24, 60].map((fps) => {
    world.request = { ...wide, fps, quality: fps };
    return camera.refresh();
  });
  (await started()).resolve();
  await Promise.all(changes);
  expect(journal).toEqual(['starting', 'start 60', 'on']);
});

test('a changed quality does not restart the camera, which would ask a screen sharer again', async () => {
  const { camera, journal, run, world } = setup();
  await run();
  world.request = { ...wide, quality: 50 };
  await camera.refresh();
  await camera.refresh();
  expect(journal).toEqual(['quality 50']);
});

test('stopping a starting camera does not wait for the browser’s question', async () => {
  const { camera, journal, started } = setup();
  const running = camera.start();
  await started();
  await camera.stop();
  await running;
  expect(journal).toEqual(['starting', 'start 80', 'stop', 'off']);
});

test('choosing another device does not wait for it either', async () => {
  const { camera, journal, started, world } = setup();
  const running = camera.start();
  await started();
  world.request = { ...wide, deviceId: 'other' };
  const changed = camera.refresh();
  (await started()).resolve();
  await Promise.all([running, changed]);
  expect(camera.view).toEqual({ kind: 'on', preview: false });
  expect(journal).toEqual(['starting', 'start 80', 'stop', 'starting', 'start 80', 'on']);
});

describe('a screen, which a browser shares only after a click,', () => {
  test('keeps its size when the settings change it, but follows the quality', async () => {
    const { camera, journal, run, world } = setup({ restarts: false });
    await run();
    world.request = { ...wide, width: 640, height: 360, quality: 50 };
    await camera.refresh();
    expect(journal).toEqual(['quality 50']);
    expect(camera.view.kind).toBe('on');
  });

  test('is off after its page was reloaded, without a failure', async () => {
    const { camera, run, world } = setup({ restarts: false });
    await run();
    world.page = {};
    expect(camera.onLost(lost)).toBe(true);
    await camera.refresh();
    expect(camera.view).toEqual({ kind: 'off' });
  });

  test('that the user did not choose reports why, and is requested again on demand', async () => {
    const { camera, run, started } = setup({ restarts: false });
    const share = camera.start();
    (await started()).reject(busy);
    await expect(share).rejects.toBe(busy);
    expect(camera.view.kind).toBe('failed');
    await run();
    expect(camera.view.kind).toBe('on');
  });
});

test('a camera that is lost before its start is confirmed has failed', async () => {
  const { camera, started } = setup();
  const running = camera.start();
  const start = await started();
  expect(camera.onLost(lost)).toBe(false);
  start.resolve();
  await running;
  expect(camera.view.kind).toBe('failed');
});

test('an unplugged camera has failed', async () => {
  const { camera, run } = setup();
  await run();
  camera.onLost(lost);
  expect(camera.view).toMatchObject({ kind: 'failed', failure: { code: 'RK_CAMERA_LOST' } });
  camera.onLost(lost);
  await camera.refresh();
  expect(camera.view.kind).toBe('failed');
});

test('a browser camera restarts after its page was reloaded', async () => {
  const { camera, journal, started, run, world } = setup();
  await run();
  world.page = undefined;
  expect(camera.onLost(lost)).toBe(true);
  expect(camera.view).toEqual({ kind: 'starting' });
  world.page = {};
  const back = camera.refresh();
  (await started()).resolve();
  await back;
  expect(camera.view.kind).toBe('on');
  expect(journal).toEqual(['starting', 'starting', 'start 80', 'on']);
});

test('a browser camera restarts if the new page comes before the loss is reported', async () => {
  const { camera, started, run, world } = setup();
  await run();
  world.page = {};
  await camera.refresh();
  camera.onLost(lost);
  (await started()).resolve();
  await camera.refresh();
  expect(camera.view.kind).toBe('on');
});

test('a browser camera restarts if the page goes while it starts', async () => {
  const { camera, started, world } = setup();
  const running = camera.start();
  const start = await started();
  world.page = undefined;
  start.reject(lost);
  await running;
  expect(camera.view.kind).toBe('starting');
  world.page = {};
  const back = camera.refresh();
  (await started()).resolve();
  await back;
  expect(camera.view.kind).toBe('on');
});

test('a camera in Node.js continues when another page becomes active', async () => {
  const { camera, journal, run, world } = setup();
  await run();
  world.page = {};
  await camera.refresh();
  expect(journal).toEqual([]);
});

test('the camera is off once the call is over', async () => {
  const { camera, journal, started } = setup();
  const running = camera.start();
  const start = await started();
  camera.end();
  start.reject(new RoomkeyError('RK_CLOSED', 'The call is over.'));
  await running;
  expect(camera.view).toEqual({ kind: 'off' });
  expect(journal).toEqual(['starting', 'start 80']);
});
