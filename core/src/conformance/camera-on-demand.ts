import assert from 'node:assert/strict';
import { captureTime } from '../camera/capture-time.js';
import type {
  CaptureRequest,
  FrameSource,
  OnDemandEncoding,
  VideoCodec,
  VideoFrame,
} from '../contracts/camera.js';
import type { TestRunner } from './runner.js';

/** An open camera, and functions to take its frames and to let time pass. */
export interface OpenCamera {
  readonly source: FrameSource;
  readonly next: () => Promise<VideoFrame>;
  /** Lets one picture pass without taking it. */
  readonly skip: () => Promise<void>;
}

const everyCodec: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];
/**
 * How many frames a camera may take until its first dependent frame; a camera that needs more
 * counts as one that sends independent frames only.
 */
const PATIENCE = 10;

/** The cases for cameras whose sources encode on demand; other cameras pass them. */
export function onDemandCases(
  runner: TestRunner,
  withCamera: (
    use: (camera: OpenCamera) => Promise<void>,
    changes?: Partial<CaptureRequest>,
  ) => Promise<void>,
): void {
  function test(
    name: string,
    use: (onDemand: OnDemandEncoding, camera: OpenCamera) => Promise<void>,
    changes?: Partial<CaptureRequest>,
  ): void {
    runner.test(name, async () => {
      await withCamera(async (camera) => {
        const { onDemand } = camera.source;
        if (onDemand !== undefined) await use(onDemand, camera);
      }, changes);
    });
  }

  test('on demand: sends no frame in a codec that its receiver does not support', async (onDemand, camera) => {
    await expectCodecs(camera, ['jpeg']);
    for (const shown of [
      everyCodec,
      ['jpeg'],
      ['jpeg', 'h264'],
      ['jpeg', 'vp8'],
      ['jpeg'],
    ] as const) {
      onDemand.setCodecs(shown);
      await expectCodecs(camera, shown);
    }
  });

  test(
    'on demand: encodes with the requested codec',
    async (onDemand, camera) => {
      onDemand.setCodecs(everyCodec);
      await expectCodecs(camera, ['jpeg']);
    },
    { codec: 'jpeg' },
  );

  test('on demand: starts with a key frame for each receiver', async (onDemand, { next }) => {
    for (let receiver = 0; receiver < 3; receiver++) {
      onDemand.setCodecs(everyCodec);
      assert.ok(isIndependent(await next()), 'the first frame for a receiver is not a key frame');
      for (let count = 0; count < 3; count++) await next();
    }
  });

  test('on demand: sends a key frame next on request', async (onDemand, { next }) => {
    onDemand.setCodecs(everyCodec);
    for (let request = 0; request < 3; request++) {
      for (let count = 0; count < PATIENCE; count++) if (!isIndependent(await next())) break;
      onDemand.requestKeyFrame();
      assert.ok(isIndependent(await next()), 'the frame after the request is not a key frame');
    }
  });

  test('on demand: encodes nothing ahead', async (onDemand, { next, skip }) => {
    onDemand.setCodecs(everyCodec);
    // On a busy machine the newest picture may itself be old, so try several times: a camera that
    // encodes ahead delivers an old one every time.
    let isFresh = false;
    for (let attempt = 0; attempt < 5 && !isFresh; attempt++) {
      await next();
      for (let count = 0; count < 5; count++) await skip();
      const later = captureTime();
      for (let count = 0; count < 10; count++) await skip();
      isFresh = (await next()).capturedAt >= later;
    }
    assert.ok(isFresh, 'the frame was encoded before it was asked for');
  });
}

async function expectCodecs({ next }: OpenCamera, shown: readonly VideoCodec[]): Promise<void> {
  for (let count = 0; count < 5; count++) {
    const { codec } = await next();
    assert.ok(shown.includes(codec), `a frame in ${codec} for a receiver of ${shown.join(', ')}`);
  }
}

function isIndependent(frame: VideoFrame): boolean {
  return frame.codec === 'jpeg' || frame.isKey;
}
