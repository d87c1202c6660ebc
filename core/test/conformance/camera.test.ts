import { describe, expect, test } from 'vitest';
import type {
  Camera,
  CaptureRequest,
  FrameSource,
  OnDemandEncoding,
  OperationOptions,
  VideoCodec,
  VideoFrame,
} from '@roomkey/core';
import { cameraConformance, MemoryCamera, type TestRunner } from '@roomkey/core/conformance';
import { failingCases } from '../../../test/support/failing-cases.js';

/** Runs the kit on in-memory cameras whose sources pass through `breakIt`. */
function kit(
  breakIt: (source: FrameSource) => FrameSource = (source) => source,
  Memory = MemoryCamera,
  encodes?: readonly VideoCodec[],
) {
  return (runner: TestRunner) => {
    let memory: MemoryCamera;
    cameraConformance(runner, {
      unknownDeviceId: 'none',
      create: (): Camera => {
        memory = new Memory(undefined, encodes);
        return {
          devices: (options) => memory.devices(options),
          open: async (request, options) => breakIt(await memory.open(request, options)),
        };
      },
      captureFrame: () => memory.captureFrame(),
    });
  };
}

/** A source whose frames pass through a function. */
function withFrames(
  source: FrameSource,
  change: (frames: AsyncIterable<VideoFrame>) => AsyncIterable<VideoFrame>,
): FrameSource {
  return {
    setQuality: (quality) => source.setQuality(quality),
    close: () => source.close(),
    [Symbol.asyncIterator]: () => change(source)[Symbol.asyncIterator](),
  };
}

function eachFrame(source: FrameSource, change: (frame: VideoFrame) => VideoFrame): FrameSource {
  return withFrames(source, async function* (frames) {
    for await (const frame of frames) yield change(frame);
  });
}

describe('MemoryCamera', () => {
  kit()({ describe, test });

  test('delivers pushed frames, counts open sources, and can be disconnected', async () => {
    const camera = new MemoryCamera();
    const request: CaptureRequest = { width: 16, height: 16, fps: 1, quality: 50 };
    const source = await camera.open(request);
    expect(camera.openSources).toBe(1);
    const frames = source[Symbol.asyncIterator]();
    const frame: VideoFrame = {
      codec: 'jpeg',
      data: Uint8Array.of(1),
      width: 1,
      height: 1,
      capturedAt: 0,
    };
    camera.push(frame);
    expect((await frames.next()).value).toBe(frame);
    camera.disconnect();
    await expect(frames.next()).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
    expect(camera.openSources).toBe(0);
  });
});

describe('MemoryCamera that encodes on demand', () => {
  kit(undefined, undefined, ['h264', 'vp8', 'jpeg'])({ describe, test });
});

describe('MemoryCamera that encodes JPEG on demand', () => {
  kit(undefined, undefined, ['jpeg'])({ describe, test });
});

class KnowsEveryDevice extends MemoryCamera {
  override open({ width, height, fps, quality }: CaptureRequest, options?: OperationOptions) {
    return super.open({ width, height, fps, quality }, options);
  }
}

class IgnoresAborts extends MemoryCamera {
  override open(request: CaptureRequest) {
    return super.open(request);
  }
}

class RepeatsDevices extends MemoryCamera {
  override devices() {
    return Promise.resolve([
      { id: 'a', label: 'A' },
      { id: 'a', label: 'B' },
    ]);
  }
}

class ListsADoor extends MemoryCamera {
  override devices() {
    return Promise.resolve([{ id: 'a', label: 'A', kind: 'door' as 'screen' }]);
  }
}

describe.concurrent('the camera kit finds a camera', () => {
  const shared = new Uint8Array(100_000);
  const faults: [what: string, fails: string, breakIt: (source: FrameSource) => FrameSource][] = [
    [
      'that states a wrong size',
      'delivers JPEG frames of the size that they state',
      (source) => eachFrame(source, (frame) => ({ ...frame, width: frame.width - 1 })),
    ],
    [
      'that truncates its frames',
      'delivers JPEG frames of the size that they state',
      (source) => eachFrame(source, (frame) => ({ ...frame, data: frame.data.subarray(0, -1) })),
    ],
    [
      'whose clock stands still',
      'states the capture time of each frame',
      (source) => eachFrame(source, (frame) => ({ ...frame, capturedAt: 1 })),
    ],
    [
      'that queues',
      'gives a slow consumer the newest frame and no backlog',
      (source) => {
        const queue: VideoFrame[] = [];
        const filled = (async () => {
          for await (const frame of source) queue.push(frame);
          return 'end';
        })();
        return withFrames(source, async function* () {
          for (;;) {
            const frame = queue.shift();
            if (frame !== undefined) yield frame;
            else if ((await Promise.race([filled, new Promise(setImmediate)])) === 'end') return;
          }
        });
      },
    ],
    [
      'that reuses its memory',
      'does not write to a delivered frame',
      (source) =>
        eachFrame(source, (frame) => {
          shared.set(frame.data);
          return { ...frame, data: shared.subarray(0, frame.data.length) };
        }),
    ],
    [
      'that keeps its quality',
      'changes the quality while running',
      (source) => ({
        setQuality: () => undefined,
        close: () => source.close(),
        [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](),
      }),
    ],
    [
      'that throws on close',
      'ends the iteration without an error on close, which is idempotent',
      (source) =>
        withFrames(source, async function* (frames) {
          yield* frames;
          throw new Error('closed');
        }),
    ],
    [
      'that cannot be closed twice',
      'ends the iteration without an error on close, which is idempotent',
      (source) => {
        let closed = false;
        return {
          setQuality: (quality) => source.setQuality(quality),
          close: () => {
            if (closed) return Promise.reject(new Error('closed already'));
            closed = true;
            return source.close();
          },
          [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](),
        };
      },
    ],
    [
      'that accepts any quality',
      'rejects a request outside the ranges',
      (source) => ({
        setQuality: (quality) => source.setQuality(Math.min(100, Math.max(1, quality))),
        close: () => source.close(),
        [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](),
      }),
    ],
  ];
  test.each(faults)('%s', async (_, fails, breakIt) => {
    expect(await failingCases(kit(breakIt))).toContain(fails);
  });

  test.each([
    ['that knows every device', 'rejects an unknown device', KnowsEveryDevice],
    [
      'that ignores an abort',
      'rejects with the abort reason, before and during open',
      IgnoresAborts,
    ],
    [
      'whose devices share an id',
      'lists devices, each with a unique id, a label and a known kind',
      RepeatsDevices,
    ],
    [
      'whose device has an unknown kind',
      'lists devices, each with a unique id, a label and a known kind',
      ListsADoor,
    ],
  ])('%s', async (_, fails, Broken) => {
    expect(await failingCases(kit(undefined, Broken))).toContain(fails);
  });
});

describe.concurrent('the camera kit finds a camera that encodes on demand and', () => {
  /** A source that misses some calls and changes its frames. */
  function deaf(
    source: FrameSource,
    hears: Partial<OnDemandEncoding>,
    change: (frames: AsyncIterable<VideoFrame>) => AsyncIterable<VideoFrame> = (frames) => frames,
  ): FrameSource {
    const { onDemand } = source;
    if (onDemand === undefined) throw new Error('this one is not on demand');
    return {
      ...withFrames(source, change),
      onDemand: {
        lost: onDemand.lost,
        setCodecs: (codecs) => onDemand.setCodecs(codecs),
        requestKeyFrame: () => onDemand.requestKeyFrame(),
        ...hears,
      },
    };
  }

  const faults: [what: string, fails: string, breakIt: (source: FrameSource) => FrameSource][] = [
    [
      'starts before there is a receiver',
      'on demand: sends no frame in a codec that its receiver does not support',
      (source) => {
        source.onDemand?.setCodecs(['jpeg', 'vp8']);
        return source;
      },
    ],
    [
      'sends the same codec to every receiver',
      'on demand: sends no frame in a codec that its receiver does not support',
      (source) => deaf(source, { setCodecs: () => source.onDemand?.setCodecs(['jpeg', 'h264']) }),
    ],
    [
      'ignores the requested codec',
      'on demand: encodes with the requested codec',
      (source) =>
        deaf(source, {}, async function* (frames) {
          for await (const frame of frames) yield { ...frame, codec: 'vp8', isKey: true };
        }),
    ],
    [
      'sends no key frame to a new receiver',
      'on demand: starts with a key frame for each receiver',
      (source) => {
        let known = '';
        const setCodecs = (codecs: readonly VideoCodec[]): void => {
          if (known !== codecs.join()) source.onDemand?.setCodecs(codecs);
          known = codecs.join();
        };
        return deaf(source, { setCodecs });
      },
    ],
    [
      'ignores key frame requests',
      'on demand: sends a key frame next on request',
      (source) => deaf(source, { requestKeyFrame: () => undefined }),
    ],
    [
      'encodes ahead',
      'on demand: encodes nothing ahead',
      (source) =>
        deaf(source, {}, async function* (frames) {
          const ahead = frames[Symbol.asyncIterator]();
          let next = ahead.next();
          for (;;) {
            const result = await next;
            if (result.done === true) return;
            next = ahead.next();
            yield result.value;
          }
        }),
    ],
  ];
  test.each(faults)('%s', async (_, fails, breakIt) => {
    const cases = await failingCases(kit(breakIt, undefined, ['h264', 'vp8', 'jpeg']));
    expect(cases).toContain(fails);
  });
});
