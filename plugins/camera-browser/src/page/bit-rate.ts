import type { Size } from './scale-to-fit.js';

/** Bits a pixel at quality 80: 2.5 Mbit/s at 1280 × 720 and 30 frames a second. */
const BITS_A_PIXEL = 0.09;

/**
 * The bit rate that looks like a JPEG quality: 0.09 bits a pixel at quality 80, and twice as many
 * for every 20 more. Not below what encoders still keep to.
 *
 * @returns bits a second
 */
export function targetBitRate(quality: number, { width, height }: Size, fps: number): number {
  const rate = BITS_A_PIXEL * width * height * fps * 2 ** ((quality - 80) / 20);
  return Math.max(50_000, Math.round(rate));
}
