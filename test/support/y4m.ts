import { open } from 'node:fs/promises';
import { countBlocks, encodeCount } from './counter.js';
import type { Pixels } from './pictures.js';

/** The size of a clip's pictures. */
export const WIDTH = 640;
export const HEIGHT = 360;
/** Frames per second. */
export const RATE = 30;
/** Frames until a clip repeats; fewer than the values of a counter of 8 bits. */
export const LOOP = 150;

/** The person of a clip; the two differ in the colors, their places, and the counter. */
export type Person = 'grace' | 'ada';

/** The number of a person, in the upper byte of the counter. */
export const personNumbers = { grace: 0x4b, ada: 0xb2 } as const satisfies Record<Person, number>;

/** Luma 16…235 and two color differences 16…240, as in ITU-R BT.601. */
type Color = readonly [y: number, cb: number, cr: number];

/** Four by two fields of one color each, row by row. */
const fields: Readonly<Record<Person, readonly Color[]>> = {
  grace: [
    [180, 100, 140],
    [90, 160, 110],
    [140, 110, 165],
    [60, 120, 150],
    [120, 90, 120],
    [200, 120, 130],
    [80, 145, 145],
    [150, 160, 100],
  ],
  ada: [
    [70, 150, 120],
    [190, 110, 120],
    [60, 110, 130],
    [170, 150, 110],
    [210, 128, 128],
    [90, 115, 160],
    [180, 95, 145],
    [75, 130, 105],
  ],
};
const COLUMNS = 4;
const ROWS = 2;

/** The color of a person's field at a point; `x` and `y` are shares of the width and height. */
function fieldAt(person: Person, x: number, y: number): Color {
  return fields[person][Math.floor(y * ROWS) * COLUMNS + Math.floor(x * COLUMNS)]!;
}

/** Writes a person's clip: `LOOP` frames in the YUV4MPEG2 format, about 50 MB. */
export async function writeClip(path: string, person: Person): Promise<void> {
  await writeFrames(path, person, 1, LOOP);
}

/** Writes a person's clip at 1280 × 720: its first 30 frames, about 40 MB. */
export async function writeLargeClip(path: string, person: Person): Promise<void> {
  await writeFrames(path, person, 2, RATE);
}

async function writeFrames(
  path: string,
  person: Person,
  scale: 1 | 2,
  count: number,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    const size = `W${WIDTH * scale} H${HEIGHT * scale}`;
    await file.write(`YUV4MPEG2 ${size} F${RATE}:1 Ip A1:1 C420jpeg\n`);
    const planes = drawFields(person);
    for (let number = 0; number < count; number += 1) {
      drawFrame(planes, person, number);
      await file.write('FRAME\n');
      await file.write(scale === 1 ? planes : enlarge(planes));
    }
  } finally {
    await file.close();
  }
}

/** The three planes of a frame at twice the width and height. */
function enlarge(planes: Uint8Array): Uint8Array {
  const large = new Uint8Array(planes.length * 4);
  let start = 0;
  for (const width of [WIDTH, WIDTH / 2, WIDTH / 2]) {
    const height = (HEIGHT * width) / WIDTH;
    for (let row = 0; row < 2 * height; row += 1) {
      for (let x = 0; x < 2 * width; x += 1) {
        large[4 * start + row * 2 * width + x] = planes[start + (row >> 1) * width + (x >> 1)]!;
      }
    }
    start += width * height;
  }
  return large;
}

/** The picture of one frame. */
export function clipPixels(person: Person, number: number): Pixels {
  const planes = drawFields(person);
  drawFrame(planes, person, number);
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  const [blues, reds] = [WIDTH * HEIGHT, (WIDTH * HEIGHT * 5) / 4];
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const chroma = (y >> 1) * (WIDTH >> 1) + (x >> 1);
      const light = 1.164 * ((planes[y * WIDTH + x] ?? 0) - 16);
      const blue = (planes[blues + chroma] ?? 0) - 128;
      const red = (planes[reds + chroma] ?? 0) - 128;
      pixels.set(
        [light + 1.596 * red, light - 0.392 * blue - 0.813 * red, light + 2.017 * blue, 255],
        (y * WIDTH + x) * 4,
      );
    }
  }
  return { width: WIDTH, height: HEIGHT, data: pixels };
}

/** A frame without its counter: the three planes in a row, the color planes at half the size. */
function drawFields(person: Person): Uint8Array {
  const planes = new Uint8Array((WIDTH * HEIGHT * 3) / 2);
  let offset = 0;
  for (const [plane, scale] of [
    [0, 1],
    [1, 2],
    [2, 2],
  ] as const) {
    const [width, height] = [WIDTH / scale, HEIGHT / scale];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        planes[offset++] = fieldAt(person, x / width, y / height)[plane];
      }
    }
  }
  return planes;
}

/** Draws the moving parts: waves of brightness across the fields, and the count. */
function drawFrame(planes: Uint8Array, person: Person, number: number): void {
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const [light] = fieldAt(person, x / WIDTH, y / HEIGHT);
      planes[y * WIDTH + x] = light + waves[(x + 2 * y + 4 * number) % waves.length]!;
    }
  }
  drawCount(planes, person, number);
}

const waves = Array.from({ length: 120 }, (_, x) => Math.round(18 * Math.sin((Math.PI * x) / 60)));

function drawCount(planes: Uint8Array, person: Person, number: number): void {
  const bits = encodeCount({ person: personNumbers[person], number });
  for (const { bit, x, y, width, height } of countBlocks(WIDTH, HEIGHT)) {
    for (let row = y; row < y + height; row += 1) {
      planes.fill(bits[bit] === true ? 235 : 16, row * WIDTH + x, row * WIDTH + x + width);
    }
    // Black and white are neutral.
    for (const plane of [WIDTH * HEIGHT, (WIDTH * HEIGHT * 5) / 4]) {
      for (let row = y >> 1; row < (y + height) >> 1; row += 1) {
        const start = plane + (row * WIDTH) / 2;
        planes.fill(128, start + (x >> 1), start + ((x + width) >> 1));
      }
    }
  }
}
