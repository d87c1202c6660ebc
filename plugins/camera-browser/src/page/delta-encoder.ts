import { targetBitRate } from './bit-rate.js';
import { encoderConfig, type DeltaCodec } from './delta-config.js';
import { FRAME_HEADER_BYTES } from './messages.js';
import {
  MAX_PICTURE_BYTES,
  imageSize,
  type EncodedImage,
  type EncodeOptions,
  type CapturedImage,
  type PictureEncoder,
} from './picture-encoder.js';
import { scaleToFit, type Size } from './scale-to-fit.js';

interface Pending {
  resolve(encoded: EncodedImage | undefined): void;
  reject(error: Error): void;
}

/** H.264 and VP8 through WebCodecs: one image in, one frame out, then the next. */
export class DeltaEncoder implements PictureEncoder {
  readonly #codec: DeltaCodec;
  readonly #fps: number;
  readonly #encoder: VideoEncoder;
  #size: Size = { width: 0, height: 0 };
  #quality = 0;
  /**
   * Share of the bit rate in use, halved after each frame that is too large, until the quality
   * changes.
   */
  #share = 1;
  #needsKey = true;
  #pending: Pending | undefined;

  constructor(codec: DeltaCodec, fps: number) {
    this.#codec = codec;
    this.#fps = fps;
    this.#encoder = new VideoEncoder({
      output: (chunk) => this.#onChunk(chunk),
      error: (error) => this.#pending?.reject(error),
    });
  }

  encode(
    { image, capturedAt }: CapturedImage,
    { quality, into, key }: EncodeOptions,
  ): Promise<EncodedImage | undefined> {
    this.#configure(scaleToFit(imageSize(image), into, 2), quality);
    // Integer microseconds; the encoder scales.
    const picture = new VideoFrame(image, { timestamp: Math.round(capturedAt * 1000) });
    try {
      return new Promise((resolve, reject) => {
        this.#pending = { resolve, reject };
        this.#encoder.encode(picture, { keyFrame: key || this.#needsKey });
      });
    } finally {
      picture.close();
    }
  }

  flush(): void {
    const pending = this.#pending;
    // An encoder may skip an image to hold its rate; then it outputs nothing.
    this.#encoder.flush().then(
      () => pending?.resolve(undefined),
      () => undefined, // The error callback has reported it.
    );
  }

  close(): void {
    if (this.#encoder.state !== 'closed') this.#encoder.close();
  }

  /** Applies changes: a new bit rate alone needs no key frame. */
  #configure(size: Size, quality: number): void {
    const isSize = size.width === this.#size.width && size.height === this.#size.height;
    if (isSize && quality === this.#quality) return;
    if (!isSize) this.#needsKey = true;
    if (quality !== this.#quality) this.#share = 1;
    this.#size = size;
    this.#quality = quality;
    this.#applyRate();
  }

  #applyRate(): void {
    const rate = Math.round(targetBitRate(this.#quality, this.#size, this.#fps) * this.#share);
    this.#encoder.configure(encoderConfig(this.#codec, this.#size, this.#fps, rate));
  }

  #onChunk(chunk: EncodedVideoChunk): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (chunk.byteLength > MAX_PICTURE_BYTES) {
      this.#needsKey = true;
      this.#share /= 2;
      this.#applyRate();
      pending?.resolve(undefined);
      return;
    }
    const isKey = chunk.type === 'key';
    if (isKey) this.#needsKey = false;
    const message = new Uint8Array(FRAME_HEADER_BYTES + chunk.byteLength);
    chunk.copyTo(message.subarray(FRAME_HEADER_BYTES));
    pending?.resolve({ message, ...this.#size, isKey });
  }
}
