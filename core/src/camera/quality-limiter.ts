import { MAX_PICTURE_BYTES } from '../wire/index.js';

/** A JPEG quality that gives way where a picture would be too large for a unit. */
export class QualityLimiter {
  /** Requested quality, 1…100. */
  requested: number;
  /** Falls when a picture is too large, and recovers by one per picture. */
  #ceiling = 100;

  constructor(asked: number) {
    this.requested = asked;
  }

  /** Encodes at the requested quality, and again at lower ones until the result fits. */
  async encode<T extends Uint8Array>(encode: (quality: number) => Promise<T>): Promise<T> {
    this.#ceiling = Math.min(100, this.#ceiling + 1);
    for (;;) {
      const quality = Math.min(this.requested, this.#ceiling);
      const encoded = await encode(quality);
      if (encoded.length <= MAX_PICTURE_BYTES || quality === 1) return encoded;
      this.#ceiling = Math.max(1, Math.floor(quality * 0.75));
    }
  }
}
