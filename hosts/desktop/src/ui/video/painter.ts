import type { Picture } from './picture-decoder.js';

/** A picture that is ready to be drawn. Its owner draws or discards it. */
export interface PreparedFrame {
  readonly picture: Picture;
  /** Converted pixels, drawn instead of the image if present. */
  readonly pixels?: {
    readonly data: ImageData;
    /** Duration of the conversion, ms. */
    readonly took: number;
  };
}

/** Measurements of one way to draw images of a size. */
interface Trials {
  count: number;
  /** Shortest time, ms: longer ones include other work. */
  least: number;
}

/** Images of a size that are drawn in each way before the faster one is chosen. */
const TRIALS = 8;

/**
 * Draws images on a canvas, in the faster of two ways on this computer. A GPU draws images almost
 * for free, and reading pixels back from it is slow. Without a GPU, converting to pixels is faster,
 * and can be done before the animation frame.
 */
export class Painter {
  readonly #canvas: OffscreenCanvas | HTMLCanvasElement;
  readonly #context: OffscreenCanvasRenderingContext2D;
  #ofImage: Trials = { count: 0, least: Infinity };
  #ofPixels: Trials = { count: 0, least: Infinity };
  /** Buffers of the last image's size: one is drawn while the next is converted. */
  readonly #spare: ImageData[] = [];

  constructor(canvas: OffscreenCanvas | HTMLCanvasElement) {
    // The same call for both kinds of canvas; TypeScript cannot join their types.
    const context = (canvas as OffscreenCanvas).getContext('2d', {
      alpha: false,
      desynchronized: true,
    });
    if (context === null) throw new Error('The canvas has been given to something else before.');
    this.#canvas = canvas;
    this.#context = context;
  }

  /** Makes it ready. The picture's image is the frame's. */
  async prepare(picture: Picture): Promise<PreparedFrame> {
    const { image } = picture;
    if (!this.#wantsPixels || !hasPixels(image)) return { picture };
    const began = performance.now();
    try {
      const data = this.#takePixels(image.displayWidth, image.displayHeight);
      await image.copyTo(data.data, { format: 'RGBA' });
      return { picture, pixels: { data, took: performance.now() - began } };
    } catch {
      // The browser cannot convert: after the trials it is not tried again.
      this.#ofPixels.count += 1;
      return { picture };
    }
  }

  /** @returns the size of the picture */
  draw(frame: PreparedFrame): { readonly width: number; readonly height: number } {
    const { picture, pixels } = frame;
    const { image } = picture;
    const width = 'displayWidth' in image ? image.displayWidth : image.width;
    const height = 'displayHeight' in image ? image.displayHeight : image.height;
    // Assigning them clears the canvas, even if unchanged.
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
    this.discard(frame);
    return { width, height };
  }

  discard({ picture, pixels }: PreparedFrame): void {
    picture.image.close();
    if (pixels !== undefined) this.#spare.push(pixels.data);
    if (this.#isTried && !this.#wantsPixels) this.#spare.length = 0;
  }

  get #isTried(): boolean {
    return this.#ofImage.count >= TRIALS && this.#ofPixels.count >= TRIALS;
  }

  /** Whether to draw the next image as pixels. During the trials: whether pixels have had fewer. */
  get #wantsPixels(): boolean {
    const [image, pixels] = [this.#ofImage, this.#ofPixels];
    return this.#isTried ? pixels.least < image.least : pixels.count < image.count;
  }

  #takePixels(width: number, height: number): ImageData {
    const spare = this.#spare.pop();
    return spare?.width === width && spare.height === height ? spare : new ImageData(width, height);
  }
}

/** Whether its pixels can be read as displayed: not scaled, rotated or flipped. */
function hasPixels(image: VideoFrame | ImageBitmap): image is VideoFrame {
  if (!('copyTo' in image) || image.format === null) return false;
  const { visibleRect, displayWidth, displayHeight, rotation, flip } = image as OrientedFrame;
  const isUpright = (rotation ?? 0) === 0 && flip !== true;
  return isUpright && visibleRect?.width === displayWidth && visibleRect.height === displayHeight;
}

/** Properties of newer browsers. https://w3c.github.io/webcodecs/#videoframe-interface */
interface OrientedFrame extends VideoFrame {
  readonly rotation?: number;
  readonly flip?: boolean;
}
