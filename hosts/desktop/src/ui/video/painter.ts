import type { Picture } from './picture-decoder.js';

/** A picture that is ready to be drawn. Whoever has it draws or discards it. */
export interface Sketch {
  readonly picture: Picture;
  /** The same as pixels, which are drawn in its place where they are there. */
  readonly pixels: ImageData | undefined;
  /** How long it took to make it ready, ms. */
  readonly took: number;
}

/** Pictures of a size that are drawn in both ways in turns, before one of them is kept. */
const TRIALS = 16;

/**
 * Draws pictures on a canvas of its own, in that of two ways which takes less time on this machine: a
 * graphics processor draws a picture next to at once, and pixels would have to come back from it.
 * Where there is none, it is quicker to convert the picture to pixels, and that can be done before the
 * animation frame.
 */
export class Painter {
  readonly #canvas: OffscreenCanvas | HTMLCanvasElement;
  readonly #context: OffscreenCanvasRenderingContext2D;
  /** The least time that each way took, ms: whatever else went on made others longer. */
  #leastImage = Infinity;
  #leastPixels = Infinity;
  #trials = 0;
  /** Of the size of the last picture: one is drawn while the next is converted. */
  #spare: ImageData[] = [];

  constructor(canvas: OffscreenCanvas | HTMLCanvasElement) {
    // To both kinds of canvas the same; the types of two do not join into one.
    const context = (canvas as OffscreenCanvas).getContext('2d', {
      alpha: false,
      desynchronized: true,
    });
    if (context === null) throw new Error('The canvas has been given to something else before.');
    this.#canvas = canvas;
    this.#context = context;
  }

  /** Makes it ready. The picture's image is the sketch's. */
  async prepare(picture: Picture): Promise<Sketch> {
    const { image } = picture;
    if (!this.#wantsPixels() || !hasPixels(image)) return { picture, pixels: undefined, took: 0 };
    const began = performance.now();
    let pixels: ImageData | undefined;
    try {
      pixels = this.#takePixels(image.displayWidth, image.displayHeight);
      await image.copyTo(pixels.data, { format: 'RGBA' });
    } catch {
      // A browser that does not convert: after the trials nothing is tried any more.
      pixels = undefined;
    }
    return { picture, pixels, took: performance.now() - began };
  }

  /** @returns the size of the picture */
  draw(sketch: Sketch): { readonly width: number; readonly height: number } {
    const { picture, pixels, took } = sketch;
    const { image } = picture;
    const width = 'displayWidth' in image ? image.displayWidth : image.width;
    const height = 'displayHeight' in image ? image.displayHeight : image.height;
    // Setting them, even to what they are, clears the canvas.
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#startTrials();
    }
    const began = performance.now();
    if (pixels === undefined) this.#context.drawImage(image, 0, 0);
    else this.#context.putImageData(pixels, 0, 0);
    const all = took + performance.now() - began;
    if (pixels !== undefined) this.#leastPixels = Math.min(this.#leastPixels, all);
    else if (took === 0) this.#leastImage = Math.min(this.#leastImage, all);
    this.discard(sketch);
    return { width, height };
  }

  discard({ picture, pixels }: Sketch): void {
    picture.image.close();
    if (pixels !== undefined) this.#spare.push(pixels);
  }

  #startTrials(): void {
    this.#leastImage = this.#leastPixels = Infinity;
    this.#trials = 0;
    this.#spare = [];
  }

  #wantsPixels(): boolean {
    if (this.#trials === TRIALS) return this.#leastPixels < this.#leastImage;
    this.#trials += 1;
    return this.#trials % 2 === 0;
  }

  #takePixels(width: number, height: number): ImageData {
    const spare = this.#spare.pop();
    return spare?.width === width && spare.height === height ? spare : new ImageData(width, height);
  }
}

/** Whether its pixels can be read where they are, and need no stretching. */
function hasPixels(image: VideoFrame | ImageBitmap): image is VideoFrame {
  if (!('copyTo' in image) || image.format === null) return false;
  const { visibleRect, displayWidth, displayHeight } = image;
  return visibleRect?.width === displayWidth && visibleRect.height === displayHeight;
}
