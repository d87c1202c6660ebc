// A camera that paints the clip, each picture with its number, so that a worker that draws it can read
// the number. It runs beside the page, as a camera does.
import type { Painted } from './bench-page.js';
import { HEIGHT, paintClip, WIDTH } from './clip.js';
import { paintCode } from './code.js';
import { now } from './time.js';

/**
 * Messages of the page to the worker: first the stream for the pictures. The worker answers `report`
 * with `Painted[]`.
 */
export type ToCamera =
  { readonly writable: WritableStream<VideoFrame> } | 'start' | 'stop' | 'forget' | 'report';

/** Slightly less than 30 fps, so that pictures come at all phases of the screen's refresh. */
const INTERVAL_MS = 1000 / 29.75;

/** Used in turn, like the buffers of a camera, so that none is painted while it is in use. */
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
    // Whole pixels are cheap to paint; a real camera needs no processor time for its pictures.
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
