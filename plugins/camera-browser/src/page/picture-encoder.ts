import type { Size } from './scale-to-fit.js';

/** A picture that was taken. */
export interface CapturedImage {
  /** Whoever keeps the picture closes it; an encoder is done with it when `encode` returns. */
  readonly image: VideoFrame | ImageBitmap;
  /** As of `VideoFrame.capturedAt`; no two that are encoded have the same. */
  readonly capturedAt: number;
}

/** How one picture is to be encoded. */
export interface EncodeOptions {
  /** 1…100, as of `CaptureRequest`. */
  readonly quality: number;
  /** What it has to fit into. */
  readonly into: Size;
  /** Whether it has to stand by itself. */
  readonly key: boolean;
}

/** An encoded picture: a message for Node, with room for its header. */
export interface EncodedImage extends Size {
  readonly message: Uint8Array<ArrayBuffer>;
  readonly isKey: boolean;
}

/** Encodes one picture at a time. */
export interface PictureEncoder {
  /**
   * @returns undefined where nothing came of this picture, and the next should be tried
   * @throws where this encoder is of no more use
   */
  encode(picture: CapturedImage, options: EncodeOptions): Promise<EncodedImage | undefined>;
  /** The next picture is here and this one is not done: has an encoder that holds it let go of it. */
  flush(): void;
  close(): void;
}

/**
 * The most bytes of an encoded picture: `MAX_FRAME_BYTES` of @roomkey/core, of which a page loads
 * the types only; a test holds the two together.
 */
export const MAX_PICTURE_BYTES = 1024 * 1024 - 64;

export function imageSize(image: VideoFrame | ImageBitmap): Size {
  return 'displayWidth' in image
    ? { width: image.displayWidth, height: image.displayHeight }
    : image;
}
