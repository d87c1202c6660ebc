import type { NumberedVideoUnit } from '@roomkey/core/wire';
import type { PlayerStatistics } from './statistics.js';
import { VideoRenderer } from './video-renderer.js';

/** Messages of the page to the worker: the canvas first. */
export type PlayerCommand =
  | { readonly canvas: OffscreenCanvas }
  | { readonly unit: NumberedVideoUnit }
  | { readonly close: true };

/** Messages of the worker to the page; a number is that of a unit that was drawn or skipped. */
export type PlayerReport = 'key-frame-needed' | number | PlayerStatistics;

/** Interval of the statistics to the page, ms. */
const STATISTICS_MS = 250;

let renderer: VideoRenderer | undefined;

const report = (message: PlayerReport): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<PlayerCommand>) => {
  if ('canvas' in data) {
    renderer = new VideoRenderer(data.canvas, {
      onKeyFrameNeeded: () => report('key-frame-needed'),
      onConsumed: (number) => report(number),
    });
    setInterval(() => {
      if (renderer !== undefined) report(renderer.statistics());
    }, STATISTICS_MS);
  } else if ('unit' in data) {
    renderer?.push(data.unit);
  } else {
    renderer?.close();
    close();
  }
});
