import { MAX_PICTURE_BYTES } from '@roomkey/core/wire';
import { targetBitRate } from './bit-rate.js';
import { encoderConfig, TOP_LAYER, type DeltaCodec } from './encoder-table.js';
import {
  imageSize,
  type EncodedImage,
  type EncodeOptions,
  type CapturedImage,
  type PictureEncoder,
} from './picture-encoder.js';
import { scaleToFit, type Size } from './scale-to-fit.js';
import { PICTURE_OFFSET } from './unit-message.js';

interface Pending {
  resolve(encoded: EncodedImage | undefined): void;
  reject(error: Error): void;
}

/** With fields that TypeScript's DOM types lack (W3C WebCodecs). */
interface ChunkMetadata extends EncodedVideoChunkMetadata {
  readonly svc?: { readonly temporalLayerId?: number };
}

/** Encodes by WebCodecs, one picture at a time: the next one only after the unit of the previous. */
export class DeltaEncoder implements PictureEncoder {
  readonly #codec: DeltaCodec;
  readonly #fps: number;
  readonly #encoder: VideoEncoder;
  #size: Size = { width: 0, height: 0 };
  #quality = 0;
  /** The used share of the bit rate: reduced after a unit was too large, until the quality changes. */
  #share = 1;
  #needsKey = true;
  #pending: Pending | undefined;

  constructor(codec: DeltaCodec, fps: number) {
    this.#codec = codec;
    this.#fps = fps;
    this.#encoder = new VideoEncoder({
      output: (chunk, metadata) => this.#onChunk(chunk, metadata),
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

  /** Reconfigures only if necessary: a new rate alone needs no key unit. */
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

  #onChunk(chunk: EncodedVideoChunk, metadata?: ChunkMetadata): void {
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
    const isDiscardable = metadata?.svc?.temporalLayerId === TOP_LAYER;
    const message = new Uint8Array(PICTURE_OFFSET + chunk.byteLength);
    chunk.copyTo(message.subarray(PICTURE_OFFSET));
    pending?.resolve({ message, ...this.#size, isKey, isDiscardable });
  }
}
