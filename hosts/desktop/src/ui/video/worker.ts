import type { ArrivedFrame } from './arrived-frame.js';
import { Screen } from './screen.js';
import type { PlayerStatistics } from './statistics.js';

/** Messages to the worker; the canvas comes first. */
export type ToWorker =
  | { readonly canvas: OffscreenCanvas }
  | { readonly frame: ArrivedFrame }
  | { readonly close: true };

/** Messages to the page. */
export type FromWorker = 'key-frame-needed' | 'frame-taken' | PlayerStatistics;

/** Interval of statistics, ms. */
const TELL_MS = 250;

let screen: Screen | undefined;

const tell = (message: FromWorker): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if ('canvas' in data) {
    screen = new Screen(data.canvas, () => tell('key-frame-needed'));
    setInterval(() => {
      if (screen !== undefined) tell(screen.statistics());
    }, TELL_MS);
  } else if ('frame' in data) {
    screen?.push(data.frame);
    tell('frame-taken');
  } else {
    screen?.close();
    close();
  }
});
