import type { VideoCodec } from '@roomkey/core/host';

/** A frame for the player: a flat `PageFrame` with its arrival time. */
export interface ArrivedFrame {
  readonly codec: VideoCodec;
  /** As in `NumberedFrame`. */
  readonly number: number;
  /** Always true for JPEG. */
  readonly isKey: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
  /** Both in ms since 1970, with fractions; this one is by the sender's clock. */
  readonly capturedAt: number;
  readonly arrivedAt: number;
}
