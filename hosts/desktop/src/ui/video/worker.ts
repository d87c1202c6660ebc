import type { NumberedVideoUnit } from '@roomkey/core/wire';
import type { PlayerStatistics } from './statistics.js';
import { VideoRenderer } from './video-renderer.js';

/** What the page tells the worker: the canvas first. */
export type PlayerCommand =
  | { readonly canvas: OffscreenCanvas }
  | { readonly unit: NumberedVideoUnit }
  | { readonly close: true };

/** What the worker tells the page: the number of a unit that was drawn or skipped, among others. */
export type PlayerReport = 'key-frame-needed' | number | PlayerStatistics;

/** How often the page is told the statistics, ms. */
const STATISTICS_MS = 250;

let renderer: VideoRenderer | undefined;

const report = (message: PlayerReport): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<PlayerCommand>) => {
  if ('canvas' in data) {
    renderer = new VideoRenderer(data.canvas, {
      onKeyFrameNeeded: () => report('key-frame-needed'),
      onTaken: (number) => report(number),
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
