import type { Size } from './scale-to-fit.js';

/** A captured image. */
export interface CapturedImage {
  /** Closed by its owner; an encoder is done with it when `encode` returns. */
  readonly image: VideoFrame | ImageBitmap;
  /** As in `VideoFrame`; unique among encoded images. */
  readonly capturedAt: number;
}

/** How to encode an image. */
export interface EncodeOptions {
  /** 1…100, as in `CaptureRequest`. */
  readonly quality: number;
  /** Maximum size. */
  readonly into: Size;
  /** Whether it must be a key frame. */
  readonly key: boolean;
}

/** An encoded image: a message for Node.js with room for its header. */
export interface EncodedImage extends Size {
  readonly message: Uint8Array<ArrayBuffer>;
  readonly isKey: boolean;
}

/** Encodes one image at a time. */
export interface PictureEncoder {
  /**
   * @returns undefined if this image gave no frame and the next one should be tried
   * @throws if this encoder can no longer be used
   */
  encode(picture: CapturedImage, options: EncodeOptions): Promise<EncodedImage | undefined>;
  /**
   * Call when newer images arrive before this one is done: makes an encoder output what it buffers.
   */
  flush(): void;
  close(): void;
}

/**
 * Maximum size of an encoded image, bytes: `MAX_FRAME_BYTES` of @roomkey/core, of which a page only
 * loads types. A test compares the two.
 */
export const MAX_PICTURE_BYTES = 1024 * 1024 - 64;

export function imageSize(image: VideoFrame | ImageBitmap): Size {
  return 'displayWidth' in image
    ? { width: image.displayWidth, height: image.displayHeight }
    : image;
}
