// The painted clip: a person before a wall, filmed by a hand-held camera. Both are textures with equal
// contrast in every octave, like natural images (D. J. Field, JOSA A 4, 1987), from 4 to 256 pixels,
// and less in the finest. The wall sways by fractions of a pixel, and the person moves before it. The
// clip has no sensor noise.
export const WIDTH = 1280;
export const HEIGHT = 720;
const MARGIN = 32;
/** The contrast of details of two pixels, after a lens and a sensor. */
const FINEST = 0.3;

const wall = texture(WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN, 1, [0.9, 0.95, 1]);
const person = cut(texture(420, 560, 2, [1, 0.85, 0.75]));

/** Paints the picture of the clip with this number; `place` may round positions. */
export function paintClip(
  context: OffscreenCanvasRenderingContext2D,
  number: number,
  place: (pixels: number) => number = (pixels) => pixels,
): void {
  const time = number / 30;
  context.drawImage(
    wall,
    place(-MARGIN + 10 * Math.sin(time * 1.3) + 4 * Math.sin(time * 4.1)),
    place(-MARGIN + 7 * Math.sin(time * 1.7 + 1) + 3 * Math.sin(time * 5.3)),
  );
  context.drawImage(
    person,
    place(430 + 60 * Math.sin(time * 0.9)),
    place(150 + 18 * Math.sin(time * 2.3) + 6 * Math.sin(time * 6.1)),
  );
}

/** A texture of value noise, the same with every run. */
function texture(
  width: number,
  height: number,
  seed: number,
  tint: readonly [red: number, green: number, blue: number],
): OffscreenCanvas {
  const random = xorshift(seed);
  const sum = new Float32Array(width * height);
  for (let size = 2; size <= 256; size *= 2) {
    addOctave(sum, width, height, size, random, size === 2 ? FINEST : 1);
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  const image = context.createImageData(width, height);
  for (let index = 0; index < sum.length; index += 1) {
    const value = 128 + 26 * sum[index]!;
    for (let channel = 0; channel < 3; channel += 1) {
      image.data[index * 4 + channel] = value * tint[channel]!;
    }
    image.data[index * 4 + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Adds random values at the corners of squares, interpolated smoothly. */
function addOctave(
  sum: Float32Array,
  width: number,
  height: number,
  size: number,
  random: () => number,
  contrast: number,
): void {
  const columns = Math.ceil(width / size) + 2;
  const corners = Float32Array.from(
    { length: columns * (Math.ceil(height / size) + 2) },
    () => (random() * 2 - 1) * contrast,
  );
  const smooth = (share: number): number => share * share * (3 - 2 * share);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor(y / size);
    const down = smooth(y / size - row);
    for (let x = 0; x < width; x += 1) {
      const column = Math.floor(x / size);
      const right = smooth(x / size - column);
      const at = row * columns + column;
      const above = between(corners[at]!, corners[at + 1]!, right);
      const below = between(corners[at + columns]!, corners[at + columns + 1]!, right);
      sum[y * width + x]! += between(above, below, down);
    }
  }
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** Cuts out a head and shoulders. */
function cut(canvas: OffscreenCanvas): OffscreenCanvas {
  const context = canvas.getContext('2d')!;
  context.globalCompositeOperation = 'destination-in';
  context.beginPath();
  context.ellipse(210, 170, 120, 160, 0, 0, 2 * Math.PI);
  context.ellipse(210, 560, 210, 240, 0, 0, 2 * Math.PI);
  context.fill();
  return canvas;
}

/** G. Marsaglia, Xorshift RNGs, Journal of Statistical Software 8, 2003. */
function xorshift(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
