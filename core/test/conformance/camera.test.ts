import { describe, expect, test } from 'vitest';
import type {
  Camera,
  CaptureRequest,
  CreditedEncoding,
  OperationOptions,
  VideoCodec,
  VideoSource,
  VideoUnit,
} from '@roomkey/core';
import { cameraConformance, MemoryCamera, type TestRunner } from '@roomkey/core/conformance';
import { failingCases } from '../../../test/support/failing-cases.js';

const onCredit: readonly VideoCodec[] = ['h264', 'vp8', 'vp9', 'av1', 'jpeg'];

/** Runs the kit on cameras in memory whose sources are passed through `breakIt`. */
function kit(
  breakIt: (source: VideoSource) => VideoSource = (source) => source,
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
      capture: () => memory.capture(),
    });
  };
}

/** A source whose units go through a function. */
function withUnits(
  source: VideoSource,
  change: (units: AsyncIterable<VideoUnit>) => AsyncIterable<VideoUnit>,
): VideoSource {
  return {
    setQuality: (quality) => source.setQuality(quality),
    close: () => source.close(),
    [Symbol.asyncIterator]: () => change(source)[Symbol.asyncIterator](),
  };
}

function eachUnit(source: VideoSource, change: (unit: VideoUnit) => VideoUnit): VideoSource {
  return withUnits(source, async function* (units) {
    for await (const unit of units) yield change(unit);
  });
}

describe('MemoryCamera', () => {
  kit()({ describe, test });

  test('delivers pushed frames, counts open sources, and can be disconnected', async () => {
    const camera = new MemoryCamera();
    const request: CaptureRequest = { width: 16, height: 16, fps: 1, quality: 50 };
    const source = await camera.open(request);
    expect(camera.openSources).toBe(1);
    const units = source[Symbol.asyncIterator]();
    const unit: VideoUnit = {
      codec: 'jpeg',
      isKey: true,
      data: Uint8Array.of(1),
      width: 1,
      height: 1,
      capturedAt: 0,
    };
    camera.push(unit);
    expect((await units.next()).value).toBe(unit);
    camera.disconnect();
    await expect(units.next()).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
    expect(camera.openSources).toBe(0);
  });
});

describe('MemoryCamera that encodes on credit', () => {
  kit(undefined, undefined, onCredit)({ describe, test });

  test('says that the device is gone, also without credit', async () => {
    const camera = new MemoryCamera(undefined, onCredit);
    const source = await camera.open({ width: 16, height: 16, fps: 1, quality: 50 });
    const taken = source[Symbol.asyncIterator]().next();
    camera.disconnect();
    expect(await source.encoding?.lost).toMatchObject({ code: 'RK_CAMERA_LOST' });
    await expect(taken).rejects.toMatchObject({ code: 'RK_CAMERA_LOST' });
  });
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
  const faults: [what: string, fails: string, breakIt: (source: VideoSource) => VideoSource][] = [
    [
      'that says another size',
      'delivers JPEG frames of the size that they state',
      (source) => eachUnit(source, (unit) => ({ ...unit, width: unit.width - 1 })),
    ],
    [
      'whose JPEG pictures build on each other',
      'delivers JPEG frames of the size that they state',
      (source) => eachUnit(source, (unit) => ({ ...unit, isKey: false })),
    ],
    [
      'that cuts its pictures off',
      'delivers JPEG frames of the size that they state',
      (source) => eachUnit(source, (unit) => ({ ...unit, data: unit.data.subarray(0, -1) })),
    ],
    [
      'whose clock stands still',
      'states the capture time of each frame',
      (source) => eachUnit(source, (unit) => ({ ...unit, capturedAt: 1 })),
    ],
    [
      'that queues',
      'gives a slow consumer the newest frame and no backlog',
      (source) => {
        const queue: VideoUnit[] = [];
        const filled = (async () => {
          for await (const unit of source) queue.push(unit);
          return 'end';
        })();
        return withUnits(source, async function* () {
          for (;;) {
            const unit = queue.shift();
            if (unit !== undefined) yield unit;
            else if ((await Promise.race([filled, new Promise(setImmediate)])) === 'end') return;
          }
        });
      },
    ],
    [
      'that reuses its memory',
      'does not write to a delivered frame',
      (source) =>
        eachUnit(source, (unit) => {
          shared.set(unit.data);
          return { ...unit, data: shared.subarray(0, unit.data.length) };
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
        withUnits(source, async function* (units) {
          yield* units;
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

describe.concurrent('the camera kit finds a camera that encodes on credit and', () => {
  /** A source that hears some of what it is told otherwise, and whose units are changed. */
  function deaf(
    source: VideoSource,
    hears: (encoding: CreditedEncoding) => Partial<CreditedEncoding>,
    change: (units: AsyncIterable<VideoUnit>) => AsyncIterable<VideoUnit> = (units) => units,
  ): VideoSource {
    const { encoding } = source;
    if (encoding === undefined) throw new Error('this one does not encode on credit');
    return {
      ...withUnits(source, change),
      encoding: {
        lost: encoding.lost,
        setCodecs: (codecs) => encoding.setCodecs(codecs),
        grant: (units) => encoding.grant(units),
        requestKeyUnit: () => encoding.requestKeyUnit(),
        ...hears(encoding),
      },
    };
  }

  const key = 'on credit: begins with a key unit for each receiver';
  const onRequest = 'on credit: gives a key unit next when it is asked to';
  const asMany = 'on credit: gives as many units as there is credit for';
  const voidCredit = 'on credit: gives nothing on credit that a new receiver made void';
  const ahead = 'on credit: encodes nothing ahead';
  const decodable = 'on credit: gives no unit in a codec that its receiver cannot decode';
  const asked = 'on credit: encodes with the codec that was asked for';
  const slow = 'gives a slow consumer the newest frame and no backlog';
  const jpeg = 'delivers JPEG frames of the size that they state';

  const faults: [
    what: string,
    fails: readonly string[],
    breakIt: (source: VideoSource) => VideoSource,
  ][] = [
    [
      'gives each receiver what the first one could decode',
      [decodable],
      (source) => {
        let first: readonly VideoCodec[] | undefined;
        return deaf(source, (encoding) => ({
          setCodecs: (codecs) => {
            // The kit's own receiver of JPEG comes before.
            if (codecs.length > 1) first ??= codecs;
            encoding.setCodecs(first ?? codecs);
          },
        }));
      },
    ],
    [
      'takes the codec that it likes',
      [jpeg, decodable, asked],
      (source) =>
        deaf(
          source,
          () => ({}),
          async function* (units) {
            for await (const unit of units) yield { ...unit, codec: 'vp8', isKey: true };
          },
        ),
    ],
    [
      'does not take the codec that was asked for',
      [asked],
      (source) =>
        deaf(source, (encoding) => ({
          setCodecs: (codecs) => {
            const others = codecs.filter((codec) => codec !== 'jpeg');
            encoding.setCodecs(others.length === 0 ? codecs : others);
          },
        })),
    ],
    [
      'goes on as before for a new receiver',
      [key, voidCredit],
      (source) => {
        let known = '';
        return deaf(source, (encoding) => ({
          setCodecs: (codecs) => {
            if (known !== codecs.join()) encoding.setCodecs(codecs);
            known = codecs.join();
          },
        }));
      },
    ],
    [
      'begins with a unit that builds on another one',
      [key, voidCredit],
      (source) => {
        let isFirst = true;
        return deaf(
          source,
          (encoding) => ({
            setCodecs: (codecs) => {
              isFirst = true;
              encoding.setCodecs(codecs);
            },
          }),
          async function* (units) {
            for await (const unit of units) {
              const isKey = unit.isKey && !(isFirst && unit.codec !== 'jpeg');
              isFirst = false;
              yield { ...unit, isKey };
            }
          },
        );
      },
    ],
    [
      'does not hear that a key unit is needed',
      [onRequest],
      (source) => deaf(source, () => ({ requestKeyUnit: () => undefined })),
    ],
    [
      'gives one unit more than there is credit for',
      [asMany],
      (source) =>
        deaf(source, (encoding) => ({
          grant: (units) => encoding.grant(units === 3 ? 4 : units),
        })),
    ],
    [
      'gives units without credit, once there was some',
      [slow, asMany, ahead],
      (source) => deaf(source, (encoding) => ({ grant: () => encoding.grant(99) })),
    ],
    [
      'gives units on credit that is void',
      [voidCredit],
      (source) => {
        let credit = 0;
        return deaf(
          source,
          (encoding) => ({
            grant: (units) => {
              credit += units;
              encoding.grant(units);
            },
            setCodecs: (codecs) => {
              encoding.setCodecs(codecs);
              if (credit > 0) encoding.grant(credit);
            },
          }),
          async function* (units) {
            for await (const unit of units) {
              credit -= 1;
              yield unit;
            }
          },
        );
      },
    ],
    [
      'encodes ahead',
      [ahead],
      (source) => {
        // A picture is encoded as soon as one was given, and waits for credit.
        const { encoding } = source;
        const encoded: VideoUnit[] = [];
        let credit = 0;
        let wake: (() => void) | undefined;
        return deaf(
          source,
          () => ({
            grant: (units) => {
              credit += units;
              encoding?.grant(units + (encoded.length === 0 ? 1 : 0));
              wake?.();
            },
          }),
          async function* (units) {
            void (async () => {
              for await (const unit of units) {
                encoded.push(unit);
                wake?.();
              }
              credit = Infinity;
              wake?.();
            })();
            for (;;) {
              const unit = credit > 0 ? encoded.shift() : undefined;
              if (unit !== undefined) {
                credit -= 1;
                yield unit;
              } else if (credit === Infinity) return;
              else await new Promise<void>((resolve) => (wake = resolve));
            }
          },
        );
      },
    ],
  ];
  test.each(faults)('%s', async (_, fails, breakIt) => {
    const cases = await failingCases(kit(breakIt, undefined, onCredit));
    expect([...cases].sort()).toEqual([...fails].sort());
  });
});
