import type { Size } from './scale-to-fit.js';

/** A captured image. */
export interface CapturedImage {
  /** Its owner closes it; an encoder no longer uses it when `encode` returns. */
  readonly image: VideoFrame | ImageBitmap;
  /** The capture time, as in a unit; different for each encoded image. */
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

/** An encoded picture. */
export interface EncodedImage extends Size {
  /** A message for Node: the picture is at `PICTURE_OFFSET`; the bytes before it are not written yet. */
  readonly message: Uint8Array<ArrayBuffer>;
  readonly isKey: boolean;
  /** Whether no other unit builds on it. */
  readonly isDiscardable: boolean;
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

export function imageSize(image: VideoFrame | ImageBitmap): Size {
  return 'displayWidth' in image
    ? { width: image.displayWidth, height: image.displayHeight }
    : image;
}
