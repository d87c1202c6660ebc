import type { VideoCodec } from './codecs/index.js';

/** One encoded picture, as cameras give it and as it goes over the wire. */
export interface VideoUnit {
  readonly codec: VideoCodec;
  /** Whether it can be decoded without those before it; always true of JPEG. */
  readonly isKey: boolean;
  /** Whether no other unit builds on it, as in the top temporal layer. Default: false. */
  readonly isDiscardable?: boolean;
  /** Pixels, 1…65,535. */
  readonly width: number;
  /** Pixels, 1…65,535. */
  readonly height: number;
  /** When the picture was taken: milliseconds since 1970 by the sender's clock, with fractions. */
  readonly capturedAt: number;
  /** The encoded picture, 1 byte to `MAX_UNIT_BYTES` less the header. */
  readonly data: Uint8Array;
}
