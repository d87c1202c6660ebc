// The capture process. OpenCV's calls can block for half a minute or crash; here they affect no
// other code, since a process can be killed.
import { Worker } from 'node:worker_threads';
import { RoomkeyError, type FrameSource } from '@roomkey/core';
import { clockOffset } from './clock-offset.js';
import type { FromCapture, ToCapture } from './messages.js';
import { loadOpenCv, type OpenCv } from './opencv.js';
import { openPictures } from './open-pictures.js';
import { startLoop } from './start-loop.js';

new Worker(new URL('./parent-watch.js', import.meta.url));
// Ctrl-C reaches all processes of the terminal; the parent decides when this one ends.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);

let openCv: OpenCv | undefined;
let source: FrameSource | undefined;
let giveCredit: (() => void) | undefined;

process.on('message', (message: ToCapture) => void receive(message).catch(fail));
try {
  openCv = loadOpenCv();
  send({ type: 'ready', clockOffset: clockOffset() });
} catch (error) {
  fail(error);
}

async function receive(message: ToCapture): Promise<void> {
  switch (message.type) {
    case 'open': {
      const { request } = message;
      if (openCv === undefined) return;
      const opened = await openPictures(openCv, message.source, request);
      source = startLoop(openCv, opened.pictures, opened.first, request);
      send({ type: 'opened' });
      await sendFrames(source);
      break;
    }
    case 'credit':
      giveCredit?.();
      break;
    case 'quality':
      source?.setQuality(message.quality);
      break;
    case 'close':
      await source?.close();
      process.exit();
  }
}

/** Sends one frame at a time; of those captured meanwhile, only the newest is kept. */
async function sendFrames(frames: FrameSource): Promise<void> {
  for await (const frame of frames) {
    const credit = new Promise<void>((resolve) => (giveCredit = resolve));
    send({ type: 'frame', frame });
    await credit;
  }
}

function send(message: FromCapture): void {
  // Without a channel the parent is gone, and this process ends soon.
  process.send?.(message, undefined, undefined, () => undefined);
}

function fail(error: unknown): void {
  const known = error instanceof RoomkeyError ? error : undefined;
  const foreign = known === undefined ? error : known.cause;
  send({
    type: 'failed',
    code: known?.code ?? 'RK_CAMERA_FAILED',
    message:
      known?.message ??
      'The camera couldn’t be turned on. Start it again, or choose another camera.',
    ...(foreign instanceof Error && { details: foreign.message }),
  });
}
