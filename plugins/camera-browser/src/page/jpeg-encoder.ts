import { MAX_PICTURE_BYTES } from '@roomkey/core/wire';
import {
  imageSize,
  type EncodedImage,
  type EncodeOptions,
  type CapturedImage,
  type PictureEncoder,
} from './picture-encoder.js';
import { scaleToFit } from './scale-to-fit.js';
import { PICTURE_OFFSET } from './unit-message.js';

/** Encodes JPEG images, independent of each other. */
export class JpegEncoder implements PictureEncoder {
  readonly #canvas = new OffscreenCanvas(1, 1);
  // In main memory, where the encoder reads it.
  readonly #context = this.#canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  /**
   * Upper limit of the quality: falls when an image is too large, and recovers by one per image.
   */
  #ceiling = 100;

  async encode(
    { image }: CapturedImage,
    { quality, into }: EncodeOptions,
  ): Promise<EncodedImage | undefined> {
    const { width, height } = scaleToFit(imageSize(image), into, 1);
    const canvas = this.#canvas;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    if (this.#context === null) throw new Error('the browser has no 2D canvas for workers');
    this.#context.drawImage(image, 0, 0, width, height);
    const jpeg = await this.#compress(quality);
    const message = new Uint8Array(PICTURE_OFFSET + jpeg.size);
    message.set(new Uint8Array(await jpeg.arrayBuffer()), PICTURE_OFFSET);
    return { message, width, height, isKey: true, isDiscardable: false };
  }

  flush(): void {
    // It buffers nothing.
  }

  close(): void {
    // The canvas ends with the worker.
  }

  /** Encodes at the requested quality, and at less while the result is too large. */
  async #compress(asked: number): Promise<Blob> {
    this.#ceiling = Math.min(100, this.#ceiling + 1);
    for (;;) {
      const quality = Math.min(asked, this.#ceiling);
      const jpeg = await this.#canvas.convertToBlob({ type: 'image/jpeg', quality: quality / 100 });
      if (jpeg.size <= MAX_PICTURE_BYTES) return jpeg;
      if (quality === 1) throw new Error('even the coarsest JPEG picture is too large');
      this.#ceiling = Math.max(1, Math.floor(quality * 0.75));
    }
  }
}
