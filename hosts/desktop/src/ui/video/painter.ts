import type { Picture } from './picture-decoder.js';

/** A picture that is ready to be drawn. Whoever has it draws or discards it. */
export interface Sketch {
  readonly picture: Picture;
  /** The same as pixels, which are drawn in its place where they are there. */
  readonly pixels?: {
    readonly data: ImageData;
    /** How long the conversion took, ms. */
    readonly took: number;
  };
}

/** What is known of a way to draw pictures of a size. */
interface Trials {
  count: number;
  /** The least time that it took, ms: whatever else went on made others longer. */
  least: number;
}

/** Pictures of a size that are drawn in each of both ways, before one of them is kept. */
const TRIALS = 8;

/**
 * Draws pictures on a canvas of its own, in that of two ways which takes less time on this machine: a
 * graphics processor draws a picture next to at once, and pixels would have to come back from it.
 * Where there is none, it is quicker to convert the picture to pixels, and that can be done before the
 * animation frame.
 */
export class Painter {
  readonly #canvas: OffscreenCanvas | HTMLCanvasElement;
  readonly #context: OffscreenCanvasRenderingContext2D;
  #ofImage: Trials = { count: 0, least: Infinity };
  #ofPixels: Trials = { count: 0, least: Infinity };
  /** Of the size of the last picture: one is drawn while the next is converted. */
  readonly #spare: ImageData[] = [];

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
    if (!this.#wantsPixels || !hasPixels(image)) return { picture };
    const began = performance.now();
    try {
      const data = this.#takePixels(image.displayWidth, image.displayHeight);
      await image.copyTo(data.data, { format: 'RGBA' });
      return { picture, pixels: { data, took: performance.now() - began } };
    } catch {
      // A browser that does not convert: after the trials it is not asked any more.
      this.#ofPixels.count += 1;
      return { picture };
    }
  }

  /** @returns the size of the picture */
  draw(sketch: Sketch): { readonly width: number; readonly height: number } {
    const { picture, pixels } = sketch;
    const { image } = picture;
    const width = 'displayWidth' in image ? image.displayWidth : image.width;
    const height = 'displayHeight' in image ? image.displayHeight : image.height;
    // Setting them, even to what they are, clears the canvas.
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#ofImage = { count: 0, least: Infinity };
      this.#ofPixels = { count: 0, least: Infinity };
    }
    const began = performance.now();
    if (pixels === undefined) this.#context.drawImage(image, 0, 0);
    else this.#context.putImageData(pixels.data, 0, 0);
    const trials = pixels === undefined ? this.#ofImage : this.#ofPixels;
    trials.count += 1;
    trials.least = Math.min(trials.least, (pixels?.took ?? 0) + performance.now() - began);
    this.discard(sketch);
    return { width, height };
  }

  discard({ picture, pixels }: Sketch): void {
    picture.image.close();
    if (pixels !== undefined) this.#spare.push(pixels.data);
    if (this.#isTried && !this.#wantsPixels) this.#spare.length = 0;
  }

  get #isTried(): boolean {
    return this.#ofImage.count >= TRIALS && this.#ofPixels.count >= TRIALS;
  }

  /** Whether the next one is to be drawn as pixels: during the trials where fewer were than not. */
  get #wantsPixels(): boolean {
    const [image, pixels] = [this.#ofImage, this.#ofPixels];
    return this.#isTried ? pixels.least < image.least : pixels.count < image.count;
  }

  #takePixels(width: number, height: number): ImageData {
    const spare = this.#spare.pop();
    return spare?.width === width && spare.height === height ? spare : new ImageData(width, height);
  }
}

/** Whether its pixels can be read where they are, as they are shown: not stretched and not turned. */
function hasPixels(image: VideoFrame | ImageBitmap): image is VideoFrame {
  if (!('copyTo' in image) || image.format === null) return false;
  const { visibleRect, displayWidth, displayHeight, rotation, flip } = image as OrientedFrame;
  const isUpright = (rotation ?? 0) === 0 && flip !== true;
  return isUpright && visibleRect?.width === displayWidth && visibleRect.height === displayHeight;
}

/** What browsers add that know how a picture was held. https://w3c.github.io/webcodecs/#videoframe-interface */
interface OrientedFrame extends VideoFrame {
  readonly rotation?: number;
  readonly flip?: boolean;
}
