import type { VideoCodec } from '@roomkey/core/host';

/** A frame as the player takes it: what a `PageFrame` says, flat, and when it came. */
export interface ArrivedFrame {
  readonly codec: VideoCodec;
  /** As `NumberedFrame.number`. */
  readonly number: number;
  /** Of JPEG always. */
  readonly isKey: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
  /** Both: milliseconds since 1970, with fractions; this is the sender's clock. */
  readonly capturedAt: number;
  readonly arrivedAt: number;
}
