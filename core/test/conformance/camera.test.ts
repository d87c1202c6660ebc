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

/** Runs the kit on cameras in memory whose sources are passed through `breakIt`. */
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

/** A source whose frames go through a function. */
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

  test('gives what is pushed, counts what is open, and can be lost', async () => {
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

describe('MemoryCamera that could, with JPEG', () => {
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
      'that says another size',
      'gives JPEG pictures of the size that they say',
      (source) => eachFrame(source, (frame) => ({ ...frame, width: frame.width - 1 })),
    ],
    [
      'that cuts its pictures off',
      'gives JPEG pictures of the size that they say',
      (source) => eachFrame(source, (frame) => ({ ...frame, data: frame.data.subarray(0, -1) })),
    ],
    [
      'whose clock stands still',
      'says when each picture was taken',
      (source) => eachFrame(source, (frame) => ({ ...frame, capturedAt: 1 })),
    ],
    [
      'that queues',
      'gives a slow consumer the newest picture and no backlog',
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
      'that uses its memory again',
      'does not write to a picture again',
      (source) =>
        eachFrame(source, (frame) => {
          shared.set(frame.data);
          return { ...frame, data: shared.subarray(0, frame.data.length) };
        }),
    ],
    [
      'that keeps its quality',
      'changes the quality while it runs',
      (source) => ({
        setQuality: () => undefined,
        close: () => source.close(),
        [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](),
      }),
    ],
    [
      'that throws on close',
      'ends the iteration without an error on close, and closes twice',
      (source) =>
        withFrames(source, async function* (frames) {
          yield* frames;
          throw new Error('closed');
        }),
    ],
    [
      'that cannot be closed twice',
      'ends the iteration without an error on close, and closes twice',
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
      'that takes any quality',
      'refuses what lies outside the range',
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
    ['that knows every device', 'knows no device of another name', KnowsEveryDevice],
    [
      'that ignores an abort',
      'rejects with the reason of an abort, before and while it opens',
      IgnoresAborts,
    ],
    [
      'whose devices share an id',
      'lists devices, each with an id of its own, a label and a kind that there is',
      RepeatsDevices,
    ],
    [
      'whose device is of another kind',
      'lists devices, each with an id of its own, a label and a kind that there is',
      ListsADoor,
    ],
  ])('%s', async (_, fails, Broken) => {
    expect(await failingCases(kit(undefined, Broken))).toContain(fails);
  });
});

describe.concurrent('the camera kit finds a camera that encodes on demand and', () => {
  /** A source of which some of what it is told does not arrive, and whose frames are changed. */
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
      'begins before there is a receiver',
      'on demand: gives no frame in a codec that its receiver does not show',
      (source) => {
        source.onDemand?.setCodecs(['jpeg', 'vp8']);
        return source;
      },
    ],
    [
      'shows each receiver the same',
      'on demand: gives no frame in a codec that its receiver does not show',
      (source) => deaf(source, { setCodecs: () => source.onDemand?.setCodecs(['jpeg', 'h264']) }),
    ],
    [
      'takes the codec that it likes',
      'on demand: encodes with the codec that was asked for',
      (source) =>
        deaf(source, {}, async function* (frames) {
          for await (const frame of frames) yield { ...frame, codec: 'vp8', isKey: true };
        }),
    ],
    [
      'goes on as before for a new receiver',
      'on demand: begins with a key frame for each receiver',
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
      'does not hear that a key frame is needed',
      'on demand: gives a key frame next when it is asked to',
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
