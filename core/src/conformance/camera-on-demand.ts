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

/** One open camera, a way to take its frames one at a time, and one to let time and pictures pass. */
export interface OpenCamera {
  readonly source: FrameSource;
  readonly next: () => Promise<VideoFrame>;
  /** Lets a picture pass that nobody takes. */
  readonly skip: () => Promise<void>;
}

const everyCodec: readonly VideoCodec[] = ['jpeg', 'h264', 'vp8'];
/** How many frames a camera may take to begin to build on those before; then it does not do so. */
const PATIENCE = 10;

/** The cases for cameras whose sources encode on demand; the others pass them. */
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

  test('on demand: gives no frame in a codec that its receiver does not show', async (onDemand, camera) => {
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
    'on demand: encodes with the codec that was asked for',
    async (onDemand, camera) => {
      onDemand.setCodecs(everyCodec);
      await expectCodecs(camera, ['jpeg']);
    },
    { codec: 'jpeg' },
  );

  test('on demand: begins with a key frame for each receiver', async (onDemand, { next }) => {
    for (let receiver = 0; receiver < 3; receiver++) {
      onDemand.setCodecs(everyCodec);
      assert.ok(standsAlone(await next()), 'the first frame for a receiver builds on another one');
      for (let count = 0; count < 3; count++) await next();
    }
  });

  test('on demand: gives a key frame next when it is asked to', async (onDemand, { next }) => {
    onDemand.setCodecs(everyCodec);
    for (let request = 0; request < 3; request++) {
      for (let count = 0; count < PATIENCE; count++) if (!standsAlone(await next())) break;
      onDemand.requestKeyFrame();
      assert.ok(standsAlone(await next()), 'the frame after the request builds on another one');
    }
  });

  test('on demand: encodes nothing ahead', async (onDemand, { next, skip }) => {
    onDemand.setCodecs(everyCodec);
    // On a busy machine the newest picture may itself be old. A camera that encodes ahead gives an old one each time.
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
    assert.ok(shown.includes(codec), `a frame in ${codec} for who shows ${shown.join(', ')}`);
  }
}

function standsAlone(frame: VideoFrame): boolean {
  return frame.codec === 'jpeg' || frame.isKey;
}
