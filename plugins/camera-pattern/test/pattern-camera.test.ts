import { describe, expect, test } from 'vitest';
import sharp from 'sharp';
import {
  hasCode,
  MAX_PICTURE_BYTES,
  type Camera,
  type CaptureRequest,
  type PluginContext,
  type VideoUnit,
} from '@roomkey/core';
import { cameraConformance } from '@roomkey/core/conformance';
import plugin, { readPattern, readPixels } from '../src/index.js';
import { TestPatternRenderer } from '../src/test-pattern-renderer.js';

function create(): Camera | Promise<Camera> {
  return plugin.create({} as PluginContext, {});
}

async function take(changes: Partial<CaptureRequest>, count: number): Promise<VideoUnit[]> {
  const request = { width: 320, height: 240, fps: 60, quality: 80, ...changes };
  const source = await (await create()).open(request);
  const units: VideoUnit[] = [];
  for await (const unit of source) {
    if (units.push(unit) === count) break;
  }
  await source.close();
  return units;
}

cameraConformance({ describe, test }, { create, unknownDeviceId: 'none' });

describe('the test picture', () => {
  const reading = { number: 0xfedcba98, time: 1_790_000_123_456 };

  test('shows its number and its capture time', async () => {
    const units = await take({}, 5);
    const readings = await Promise.all(units.map(({ data }) => readPattern(data)));
    readings.forEach((found, index) => {
      expect(found?.time).toBe(Math.floor(units[index]!.capturedAt));
      expect(found?.number).toBeGreaterThanOrEqual(index);
    });
  });

  test.each([
    [192, 160],
    [193, 161],
    [640, 480],
    [1280, 720],
    [1919, 1079],
  ])('is read at every quality at %i × %i', async (width, height) => {
    const pixels = new TestPatternRenderer(width, height).render(reading);
    for (const quality of [1, 5, 20, 50, 80, 100]) {
      const jpeg = await encode(pixels, width, height, quality);
      expect(await readPattern(jpeg)).toEqual(reading);
    }
  });

  test.each([
    [1280, 720, 640, 360],
    [1280, 720, 426, 240],
    [640, 480, 1280, 720],
    [1000, 700, 333, 233],
  ])('is read when scaled from %i × %i to %i × %i', (width, height, newWidth, newHeight) => {
    const data = new TestPatternRenderer(width, height).render(reading);
    const scaled = Buffer.alloc(newWidth * newHeight);
    for (let y = 0; y < newHeight; y++) {
      for (let x = 0; x < newWidth; x++) {
        const from = [(x + 0.5) * (width / newWidth), (y + 0.5) * (height / newHeight)] as const;
        const [column, row] = from.map(Math.floor) as [number, number];
        scaled[y * newWidth + x] = data[(row * width + column) * 3]!;
      }
    }
    const picture = { data: scaled, width: newWidth, height: newHeight, channels: 1 };
    expect(readPixels(picture)).toEqual(reading);
  });

  test('is the same whether rendered over an earlier picture or from scratch', () => {
    const used = new TestPatternRenderer(400, 300);
    for (let number = 0; number < 40; number++) used.render({ number, time: number * 97_531 });
    expect(used.render(reading).equals(new TestPatternRenderer(400, 300).render(reading))).toBe(
      true,
    );
  });

  test('counts as damaged if any cell is inverted or cells are gray', () => {
    const [width, height] = [192, 160];
    const pixels = new TestPatternRenderer(width, height).render(reading);
    const damaged = (cell: number, change: (value: number) => number) => {
      const data = Buffer.from(pixels);
      const [left, top] = [(cell % 24) * 8, 128 + Math.floor(cell / 24) * 8];
      for (let y = top; y < top + 8; y++) {
        for (let at = (y * width + left) * 3, end = at + 24; at < end; at++) {
          data[at] = change(data[at]!);
        }
      }
      return readPixels({ data, width, height, channels: 3 });
    };
    for (let cell = 0; cell < 96; cell++) {
      expect(damaged(cell, (value) => value)).toEqual(reading);
      expect(damaged(cell, (value) => 255 - value)).toBeUndefined();
      expect(damaged(cell, () => 120)).toBeUndefined();
    }
  });

  test.each([0, 255])('has no code if all pixels are %i', (value) => {
    const data = Buffer.alloc(320 * 240, value);
    expect(readPixels({ data, width: 320, height: 240, channels: 1 })).toBeUndefined();
  });

  test.each([
    [16, 16],
    [17, 4320],
    [7680, 16],
    [191, 160],
    [192, 159],
  ])('moves without a code at %i × %i', async (width, height) => {
    const [unit] = await take({ width, height }, 1);
    expect(unit).toMatchObject({ codec: 'jpeg', isKey: true, width, height });
    expect(await readPattern(unit!.data)).toBeUndefined();
  });

  test('fits a unit at the largest size and quality', async () => {
    const [unit] = await take({ width: 7680, height: 4320, quality: 100 }, 1);
    expect(unit!.data.length).toBeLessThanOrEqual(MAX_PICTURE_BYTES);
    expect(await readPattern(unit!.data)).toMatchObject({ number: 0 });
  });

  const damaged = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3);
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
    'base64',
  );
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"/>');

  test.each([
    ['bytes that are no picture', Uint8Array.of(1, 2, 3)],
    ['a JPEG picture of which only the beginning came', damaged],
    ['a picture in another format', png],
    ['a drawing', svg],
  ])('refuses %s', async (_what, bytes) => {
    await expect(readPattern(bytes)).rejects.toThrow();
  });
});

describe('the plugin', () => {
  test('has one device and rejects any other', async () => {
    const camera = await create();
    expect(await camera.devices()).toEqual([{ id: 'pattern', label: 'Test picture' }]);
    const request = { deviceId: '0', width: 320, height: 240, fps: 30, quality: 80 };
    const error: unknown = await camera.open(request).catch((reason: unknown) => reason);
    expect(hasCode(error, 'RK_CAMERA_NOT_FOUND')).toBe(true);
    expect((error as Error).message).toContain('‘pattern’');
  });

  test('is available if the JPEG library is', async () => {
    await plugin.probe?.({} as PluginContext, {});
  });
});

function encode(pixels: Buffer, width: number, height: number, quality: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();
}
