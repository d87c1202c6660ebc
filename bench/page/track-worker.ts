// Draws a track like the player: the newest picture, in the animation frame.
import { Painter, type PreparedFrame } from '../../hosts/desktop/src/ui/video/painter.js';
import './probe.js';
import { now } from './time.js';

/** The page's only message to the worker. */
export interface ToTrackWorker {
  readonly canvas: OffscreenCanvas;
  readonly readable: ReadableStream<VideoFrame>;
}

async function draw({ canvas, readable }: ToTrackWorker): Promise<void> {
  const painter = new Painter(canvas);
  let next: PreparedFrame | undefined;
  const show = (): void => {
    if (next !== undefined) painter.draw(next);
    next = undefined;
  };
  for await (const image of readable) {
    // The painter reads only the image. The browser has decoded it, and gives no further fields.
    const at = now();
    const picture = { image, codec: 'vp8', number: 0, capturedAt: at, arrivedAt: at } as const;
    const prepared = await painter.prepare(picture);
    if (next === undefined) requestAnimationFrame(show);
    else painter.discard(next);
    next = prepared;
  }
}

addEventListener('message', ({ data }: MessageEvent<ToTrackWorker>) => void draw(data));
