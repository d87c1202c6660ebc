/// <reference lib="dom" />
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { useChromium } from '../../../../test/support/chromium.js';
import { describeWith } from '../../../../test/support/optional.js';
import { servePage, useBuiltPage } from '../support/built-page.js';
import type {} from './page/main.js';

/** The slow operation in a test. */
type Slow = 'drawing' | 'converting';

/** Draws images one after another. @returns how each was drawn, and its color on the canvas */
function drawPictures(page: Page, pictures: number, slow: Slow): Promise<[string, number[]][]> {
  return page.evaluate(
    async ([pictures, slow]) => {
      const drawn: [string, number[]][] = [];
      const canvas = document.createElement('canvas');
      const painter = new window.harness.Painter(canvas);
      const context = canvas.getContext('2d')!;
      const wait = (): void => {
        for (const began = performance.now(); performance.now() - began < 25;);
      };
      const drawImage = context.drawImage.bind(context);
      const putImageData = context.putImageData.bind(context);
      let way = '';
      Object.assign(context, {
        drawImage: (image: VideoFrame) => {
          if (slow === 'drawing') wait();
          way = 'image';
          drawImage(image, 0, 0);
        },
        putImageData: (pixels: ImageData) => {
          way = 'pixels';
          putImageData(pixels, 0, 0);
        },
      });
      for (let number = 0; number < pictures; number += 1) {
        const grey = 50 + number * 5;
        const data = new Uint8Array(64 * 64 * 4).map((_, at) => (at % 4 === 3 ? 255 : grey));
        const layout = { format: 'RGBX', codedWidth: 64, codedHeight: 64, timestamp: 0 } as const;
        const image = new VideoFrame(data, layout);
        const copy = image.copyTo.bind(image);
        image.copyTo = (...args) => {
          if (slow === 'converting') wait();
          return copy(...args);
        };
        const picture = { image, codec: 'h264', number, capturedAt: 0 } as const;
        painter.draw(await painter.prepare(picture));
        const [red, green, blue] = context.getImageData(32, 32, 1, 1).data;
        drawn.push([way, [red!, green!, blue!]]);
      }
      return drawn;
    },
    [pictures, slow] as const,
  );
}

describeWith('chromium', 'the painter', () => {
  const browser = useChromium('none');
  const folder = useBuiltPage({ root: join(import.meta.dirname, 'page') });
  const openPage = async (): Promise<Page> => {
    const { host } = await servePage(folder());
    const page = await browser().newPage();
    onTestFinished(() => page.close());
    await page.goto(`http://${host}/`);
    await page.waitForFunction(() => 'harness' in window);
    return page;
  };

  test.for([
    ['drawing', 'pixels'],
    ['converting', 'image'],
  ] as const)('uses the other way if %s is slow', async ([slow, kept]) => {
    const drawn = await drawPictures(await openPage(), 30, slow);
    expect(new Set(drawn.map(([way]) => way))).toEqual(new Set(['image', 'pixels']));
    expect(drawn.slice(16).map(([way]) => way)).toEqual(Array<string>(14).fill(kept));
    drawn.forEach(([, color], number) => {
      expect(color).toEqual([50 + number * 5, 50 + number * 5, 50 + number * 5]);
    });
  });

  test('draws an image with non-square pixels, and one that cannot be converted', async () => {
    const page = await openPage();
    const drawn = await page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      const painter = new window.harness.Painter(canvas);
      const widths: number[] = [];
      for (let number = 0; number < 20; number += 1) {
        const image = new VideoFrame(
          new Uint8Array(64 * 64 * 4).map((_, at) => (at % 4 === 3 ? 255 : 200)),
          {
            format: 'RGBX',
            codedWidth: 64,
            codedHeight: 64,
            ...(number < 10 && { displayWidth: 128, displayHeight: 64 }),
            timestamp: 0,
          },
        );
        if (number >= 10) image.copyTo = () => Promise.reject(new TypeError('not here'));
        const picture = { image, codec: 'h264', number, capturedAt: 0 } as const;
        const { width } = painter.draw(await painter.prepare(picture));
        const [red, , , alpha] = canvas.getContext('2d')!.getImageData(width - 1, 63, 1, 1).data;
        if (red === 200 && alpha === 255) widths.push(width);
      }
      return widths;
    });
    expect(drawn).toEqual([...Array<number>(10).fill(128), ...Array<number>(10).fill(64)]);
  });
});
