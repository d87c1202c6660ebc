import assert from 'node:assert/strict';
import { captureTime } from '../camera/capture-time.js';
import type { CaptureRequest, CreditedEncoding, VideoSource } from '../contracts/camera.js';
import { videoCodecNames, type VideoCodec, type VideoUnit } from '../wire/index.js';
import type { TestRunner } from './runner.js';

/** One open camera, a way to take its units one at a time, and one to let time and pictures pass. */
export interface OpenCamera {
  readonly source: VideoSource;
  /** The source's one iteration. */
  readonly units: AsyncIterator<VideoUnit>;
  /** Takes the next unit, and gives the credit for it. */
  readonly next: () => Promise<VideoUnit>;
  /** Lets a picture pass. */
  readonly skip: () => Promise<void>;
}

/** How many units a camera may take to begin to build on those before; then it does not do so. */
const PATIENCE = 10;

/** The cases for cameras whose sources encode on credit; the others pass them. */
export function onCreditCases(
  runner: TestRunner,
  withCamera: (
    use: (camera: OpenCamera) => Promise<void>,
    changes?: Partial<CaptureRequest>,
  ) => Promise<void>,
): void {
  function test(
    name: string,
    use: (encoding: CreditedEncoding, camera: OpenCamera) => Promise<void>,
    changes?: Partial<CaptureRequest>,
  ): void {
    runner.test(name, async () => {
      await withCamera(async (camera) => {
        const { encoding } = camera.source;
        if (encoding !== undefined) await use(encoding, camera);
      }, changes);
    });
  }

  test('on credit: gives no unit in a codec that its receiver cannot decode', async (encoding, camera) => {
    await expectCodecs(camera, ['jpeg']);
    for (const codecs of [
      videoCodecNames,
      ['jpeg'],
      ['jpeg', 'h264'],
      ['jpeg', 'vp8'],
      ['jpeg'],
    ] as const) {
      encoding.setCodecs(codecs);
      await expectCodecs(camera, codecs);
    }
  });

  test(
    'on credit: encodes with the codec that was asked for',
    async (encoding, camera) => {
      encoding.setCodecs(videoCodecNames);
      await expectCodecs(camera, ['jpeg']);
    },
    { codec: 'jpeg' },
  );

  test('on credit: begins with a key unit for each receiver', async (encoding, { next }) => {
    for (let receiver = 0; receiver < 3; receiver++) {
      encoding.setCodecs(videoCodecNames);
      assert.ok((await next()).isKey, 'the first unit for a receiver builds on another one');
      for (let count = 0; count < 3; count++) await next();
    }
  });

  test('on credit: gives a key unit next when it is asked to', async (encoding, { next }) => {
    encoding.setCodecs(videoCodecNames);
    for (let request = 0; request < 3; request++) {
      for (let count = 0; count < PATIENCE; count++) if (!(await next()).isKey) break;
      encoding.requestKeyUnit();
      assert.ok((await next()).isKey, 'the unit after the request builds on another one');
    }
  });

  test('on credit: gives as many units as there is credit for', async (encoding, camera) => {
    encoding.setCodecs(videoCodecNames);
    await camera.next();
    encoding.grant(3);
    for (let count = 0; count < 3; count++) await unitOf(camera);
    await expectNone(camera);
  });

  test('on credit: gives nothing on credit that a new receiver made void', async (encoding, camera) => {
    encoding.setCodecs(videoCodecNames);
    await camera.next();
    encoding.grant(2);
    encoding.setCodecs(videoCodecNames);
    const { pending } = await expectNone(camera);
    encoding.grant(1);
    assert.ok((await unitOf(camera, pending)).isKey, 'the first unit builds on another one');
  });

  test('on credit: encodes nothing ahead', async (encoding, { next, skip }) => {
    encoding.setCodecs(videoCodecNames);
    // On a busy machine the newest picture may itself be old. A camera that encodes ahead gives an old one each time.
    let isFresh = false;
    for (let attempt = 0; attempt < 5 && !isFresh; attempt++) {
      await next();
      for (let count = 0; count < 5; count++) await skip();
      const later = captureTime();
      for (let count = 0; count < 10; count++) await skip();
      isFresh = (await next()).capturedAt >= later;
    }
    assert.ok(isFresh, 'the unit was encoded before there was credit for it');
  });
}

async function expectCodecs({ next }: OpenCamera, codecs: readonly VideoCodec[]): Promise<void> {
  for (let count = 0; count < 5; count++) {
    const { codec } = await next();
    assert.ok(codecs.includes(codec), `a unit in ${codec} for a receiver of ${codecs.join(', ')}`);
  }
}

type Pending = Promise<IteratorResult<VideoUnit>>;

/** The next unit, for which there is credit, while pictures are taken. */
async function unitOf({ units, skip }: OpenCamera, pending = units.next()): Promise<VideoUnit> {
  let result: IteratorResult<VideoUnit> | undefined;
  void pending.then((value) => (result = value));
  while (result === undefined) await skip();
  assert.ok(result.done !== true, 'the iteration ended without close()');
  return result.value;
}

/** While pictures are taken no unit comes. @returns what waits for the next one */
async function expectNone({ units, skip }: OpenCamera): Promise<{ readonly pending: Pending }> {
  const pending = units.next();
  let hasCome = false;
  void pending.then(() => (hasCome = true));
  for (let count = 0; count < 10; count++) await skip();
  assert.ok(!hasCome, 'a unit came without credit');
  return { pending };
}
