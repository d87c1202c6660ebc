// The capture process. OpenCV's calls can block for half a minute and crash; here they hold up
// nothing else, since a process can be ended.
import { Worker } from 'node:worker_threads';
import { RoomkeyError, type VideoSource } from '@roomkey/core';
import { clockOffset } from './clock-offset.js';
import type { FromCapture, ToCapture } from './messages.js';
import { loadOpenCv, type OpenCv } from './opencv.js';
import { openPictures } from './open-pictures.js';
import { startLoop } from './start-loop.js';

new Worker(new URL('./parent-watch.js', import.meta.url));
// Ctrl-C reaches all processes of the terminal; the parent decides when this one ends.
process.on('SIGINT', () => undefined).on('SIGTERM', () => undefined);

let openCv: OpenCv | undefined;
let source: VideoSource | undefined;
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
      await sendUnits(source);
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

/** One unit is on its way; of those that are made meanwhile only the newest stays. */
async function sendUnits(units: VideoSource): Promise<void> {
  for await (const unit of units) {
    const credit = new Promise<void>((resolve) => (giveCredit = resolve));
    send({ type: 'unit', unit });
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
