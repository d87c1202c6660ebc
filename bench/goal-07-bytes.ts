/**
 * Bytes of a fixed clip (bench/page/clip.ts): H.264 with the settings of camera-browser, at the lowest
 * quality at which its luma is no worse than that of JPEG at quality 80, against that JPEG.
 */
import { BrowserBench } from './browser-bench.js';
import { missingChromium } from './chromium.js';
import type { Goal } from './goal.js';
import type { EncodedClip } from './page/bench-page.js';

/** Five seconds. */
const FRAMES = 150;
const JPEG_QUALITY = 80;

export const goal: Goal = {
  id: 7,
  title: 'bytes of H.264 against JPEG at quality 80, five seconds of 1280×720',
  missing: missingChromium,
  async run() {
    const bench = await BrowserBench.open();
    try {
      const jpeg = await bench.encodeClip('jpeg', JPEG_QUALITY, FRAMES);
      const encode = (quality: number): Promise<EncodedClip> =>
        bench.encodeClip('h264', quality, FRAMES);
      const { h264, quality } = await lowestNotWorse(encode, jpeg.psnr);
      console.error(
        `  JPEG: ${kib(jpeg.bytes)} KiB a picture, ${jpeg.psnr.toFixed(1)} dB; H.264 at quality ` +
          `${String(quality)}: ${kib(h264.bytes)} KiB a picture, ${h264.psnr.toFixed(1)} dB`,
      );
      return [
        {
          name: 'bytes of H.264 × JPEG, at no lower PSNR-Y',
          figure: h264.psnr >= jpeg.psnr ? h264.bytes / jpeg.bytes : NaN,
          target: { atMost: 1 / 20 },
        },
      ];
    } finally {
      await bench.close();
    }
  },
};

/** A binary search, because a higher quality is never worse. */
async function lowestNotWorse(
  encode: (quality: number) => Promise<EncodedClip>,
  psnr: number,
): Promise<{ h264: EncodedClip; quality: number }> {
  let [low, high] = [1, 100];
  let h264 = await encode(high);
  while (low < high) {
    const quality = Math.floor((low + high) / 2);
    const tried = await encode(quality);
    if (tried.psnr >= psnr) [high, h264] = [quality, tried];
    else low = quality + 1;
  }
  return { h264, quality: high };
}

function kib(bytes: number): string {
  return (bytes / FRAMES / 1_024).toFixed(1);
}
