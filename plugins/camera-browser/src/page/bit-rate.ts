import type { Size } from './scale-to-fit.js';

/** Bits per pixel at quality 80: 2.5 Mbit/s at 1280 × 720 and 30 fps. */
const BITS_A_PIXEL = 0.09;

/**
 * Target bit rate for a JPEG-like quality: 0.09 bits per pixel at quality 80, doubling with every
 * 20 more. Not below 50 kbit/s, which encoders can still hold.
 *
 * @param quality 1…100
 * @returns bit/s
 */
export function targetBitRate(quality: number, { width, height }: Size, fps: number): number {
  const rate = BITS_A_PIXEL * width * height * fps * 2 ** ((quality - 80) / 20);
  return Math.max(50_000, Math.round(rate));
}
