/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import type { Locator, Page } from 'playwright-core';
import { countBlocks, decodeCount, type Count } from './counter.js';
import { clipPixels, HEIGHT, LOOP, WIDTH, type Person } from './y4m.js';

/** A picture in Node: red, green, blue and alpha, one byte each. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Reads the picture of a `<video>` or `<canvas>` at this size; transparent black if it shows nothing yet. */
export async function readPixels(picture: Locator, width: number, height: number): Promise<Pixels> {
  const text = await picture.evaluate(
    (element: HTMLVideoElement | HTMLCanvasElement, [wide, high]) => {
      const context = new OffscreenCanvas(wide, high).getContext('2d');
      if (context === null) throw new Error('The page has no 2D context.');
      context.drawImage(element, 0, 0, wide, high);
      const bytes = context.getImageData(0, 0, wide, high).data;
      let characters = '';
      for (let start = 0; start < bytes.length; start += 8192) {
        characters += String.fromCharCode(...bytes.subarray(start, start + 8192));
      }
      return btoa(characters);
    },
    [width, height] as const,
  );
  return { width, height, data: Buffer.from(text, 'base64') };
}

/** Small enough to be read many times a second, with blocks of several pixels. */
const [COUNT_WIDTH, COUNT_HEIGHT] = [108, 72];

/** Reads the count in the picture of a `<video>` or `<canvas>`; undefined if it has none. */
export async function readCount(picture: Locator): Promise<Count | undefined> {
  return countIn(await readPixels(picture, COUNT_WIDTH, COUNT_HEIGHT));
}

/** Reads the count in a JPEG, in an empty page; undefined if it has none. */
export async function countInJpeg(page: Page, jpeg: Uint8Array): Promise<Count | undefined> {
  return readCount(await showFile(page, jpeg));
}

/** Shows an image file in an empty page at its own size. */
async function showFile(page: Page, file: Uint8Array): Promise<Locator> {
  await page.setContent('<canvas></canvas>');
  const canvas = page.locator('canvas');
  await canvas.evaluate(async (element: HTMLCanvasElement, base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    [element.width, element.height] = [picture.width, picture.height];
    element.getContext('2d')?.drawImage(picture, 0, 0);
  }, Buffer.from(file).toString('base64'));
  return canvas;
}

/**
 * Whether a person's clip is mirrored on the screen, with all styles applied. Undefined if the picture
 * is not the clip.
 *
 * @param blank an empty page, which decodes the screenshot
 */
export async function sideOf(
  picture: Locator,
  person: Person,
  blank: Page,
): Promise<'plain' | 'mirrored' | undefined> {
  const box = await picture.boundingBox();
  if (box === null) return undefined;
  const shot = await showFile(blank, await picture.page().screenshot({ clip: box }));
  // The picture is shown whole, as large as fits.
  const width = Math.min(box.width, (box.height * WIDTH) / HEIGHT);
  const height = (width * HEIGHT) / WIDTH;
  const left = (box.width - width) / 2;
  const top = (box.height - height) / 2;
  const shown = await readPixels(shot, Math.round(box.width), Math.round(box.height));
  const clip = clipPixels(person, 0);
  // The centers of the upper fields, each of which differs from its mirror image.
  const middles = [1, 3, 5, 7].map((eighths) => eighths / 8);
  const colors = middles.map((x) => colorAt(shown, left + x * width, top + height / 4));
  const expected = middles.map((x) => colorAt(clip, x * WIDTH, HEIGHT / 4));
  const plain = difference(colors, expected);
  const mirrored = difference(colors, expected.toReversed());
  if (2 * plain < mirrored) return 'plain';
  return 2 * mirrored < plain ? 'mirrored' : undefined;
}

/** The red, green and blue of one pixel. */
export function colorAt({ width, data }: Pixels, x: number, y: number): readonly number[] {
  const start = (Math.floor(y) * width + Math.floor(x)) * 4;
  return [...data.subarray(start, start + 3)];
}

function difference(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const others = b.flat();
  return a.flat().reduce((sum, value, index) => sum + (value - (others[index] ?? 0)) ** 2, 0);
}

/** The count in a picture; undefined if it has none. */
export function countIn({ width, height, data }: Pixels): Count | undefined {
  return decodeCount(
    countBlocks(width, height).map((block) => {
      const x = block.x + (block.width >> 1);
      const y = block.y + (block.height >> 1);
      const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * 4);
      return 0.3 * red + 0.59 * green + 0.11 * blue;
    }),
  );
}

/** Peak signal-to-noise ratio of two pictures of one size over their three colors, dB. */
export function psnr(a: Pixels, b: Pixels): number {
  let sum = 0;
  for (let index = 0; index < a.data.length; index += 1) {
    if (index % 4 === 3) continue;
    sum += ((a.data[index] ?? 0) - (b.data[index] ?? 0)) ** 2;
  }
  return 10 * Math.log10((255 * 255 * 3 * a.width * a.height) / Math.max(sum, 1));
}

/** The progress of a clip's counter, over several repetitions. */
export class Progress {
  /** The number of frames from the first count to the last. */
  frames = 0;
  /** The number of counts that differ from the previous one. */
  steps = 0;
  #last: number | undefined;

  /** Adds a count. Call it more often than the clip repeats. */
  add(count: Count | undefined): void {
    if (count === undefined) return;
    if (this.#last !== undefined && this.#last !== count.number) {
      this.frames += (count.number - this.#last + LOOP) % LOOP;
      this.steps += 1;
    }
    this.#last = count.number;
  }
}
