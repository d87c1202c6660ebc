// A camera that paints: the clip, each picture with its number, so that a worker that draws it can
// say which one it was. It works beside the page, as a camera does.
import type { Painted } from './bench-page.js';
import { HEIGHT, paintClip, WIDTH } from './clip.js';
import { paintCode } from './code.js';
import { now } from './time.js';

/** What the page tells the worker: where pictures go first. `tell` is answered with `Painted[]`. */
export type ToCamera =
  { readonly writable: WritableStream<VideoFrame> } | 'start' | 'stop' | 'forget' | 'tell';

/** Slightly less than 30 a second: pictures come at every phase of the screen's in turn. */
const INTERVAL_MS = 1000 / 29.75;

/** In turns, as a camera has several buffers: one that is still looked at is not painted on. */
const contexts = Array.from({ length: 4 }, () =>
  new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d', { alpha: false })!,
);
let writer: WritableStreamDefaultWriter<VideoFrame> | undefined;
let number = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let painted: Painted[] = [];

function start(): void {
  let due = performance.now();
  const paint = (): void => {
    number = (number + 1) % 2 ** 16;
    const context = contexts[number % contexts.length]!;
    // Whole pixels, which cost little: a camera does not burden the processor with its pictures.
    paintClip(context, number, Math.round);
    paintCode(context, number);
    const picture = new VideoFrame(context.canvas, {
      timestamp: Math.round(performance.now() * 1000),
    });
    painted.push([number, now()]);
    void writer?.write(picture);
    due = Math.max(due + INTERVAL_MS, performance.now());
    timer = setTimeout(paint, due - performance.now());
  };
  paint();
}

addEventListener('message', ({ data }: MessageEvent<ToCamera>) => {
  if (typeof data === 'object') writer = data.writable.getWriter();
  else if (data === 'start') start();
  else if (data === 'stop') clearTimeout(timer);
  else if (data === 'forget') painted = [];
  else postMessage(painted);
});
