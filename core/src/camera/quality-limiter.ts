/** The most bytes that `VideoFrame.data` may have: 1 MiB less 64. */
export const MAX_FRAME_BYTES = 1024 * 1024 - 64;

/** A JPEG quality that gives way where a picture would be too large for a frame. */
export class QualityLimiter {
  /** What is asked for, 1…100. */
  requested: number;
  /** Falls when a picture was too large, and recovers by one a picture. */
  #ceiling = 100;

  constructor(asked: number) {
    this.requested = asked;
  }

  /** Encodes at the quality that is asked for, and again at less while the outcome is too large. */
  async encode<T extends Uint8Array>(encode: (quality: number) => Promise<T>): Promise<T> {
    this.#ceiling = Math.min(100, this.#ceiling + 1);
    for (;;) {
      const quality = Math.min(this.requested, this.#ceiling);
      const encoded = await encode(quality);
      if (encoded.length <= MAX_FRAME_BYTES || quality === 1) return encoded;
      this.#ceiling = Math.max(1, Math.floor(quality * 0.75));
    }
  }
}
