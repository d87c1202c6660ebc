/** The worker of one open device: keeps its newest picture, and encodes on the credit of Node. */
import { SCREEN } from '../messages.js';
import { CaptureClock, now } from './capture-clock.js';
import { EncodeScheduler } from './encode-scheduler.js';
import { FrameRateLimit } from './frame-rate-limit.js';
import type { CaptureWorkerOutput, CaptureWorkerInput } from './worker-messages.js';

let scheduler: EncodeScheduler | undefined;
let rate: FrameRateLimit | undefined;
let hasPicture = false;

function send(message: CaptureWorkerOutput, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

function onImage(image: VideoFrame | ImageBitmap, capturedAt: number): void {
  if (scheduler === undefined || rate?.admits(capturedAt) !== true) {
    image.close();
    return;
  }
  scheduler.add(image, capturedAt);
  if (!hasPicture) send({ kind: 'picture' });
  hasPicture = true;
}

async function read(readable: ReadableStream<VideoFrame>): Promise<void> {
  const clock = new CaptureClock();
  const reader = readable.getReader();
  for (;;) {
    const { value: image } = await reader.read();
    // The track has ended; the page notices that on its own.
    if (image === undefined) return;
    onImage(image, clock.capturedAt(image.timestamp / 1000, now()));
  }
}

onmessage = ({ data }: MessageEvent<CaptureWorkerInput>) => {
  switch (data.kind) {
    case 'start': {
      const { source, request } = data;
      rate = new FrameRateLimit(request.fps);
      scheduler = new EncodeScheduler(source, request, {
        isStill: request.deviceId === SCREEN,
        onUnit: (message) => send(message, [message]),
        onBroken: (message) => send({ kind: 'broken', message }),
      });
      break;
    }
    case 'track':
      void read(data.readable);
      break;
    case 'image':
      onImage(data.image, data.capturedAt);
      break;
    case 'receiver':
      scheduler?.setReceiver(data.generation, data.codecs);
      break;
    case 'credit':
      scheduler?.grant(data.units);
      break;
    case 'key-unit':
      scheduler?.requestKeyUnit();
      break;
    case 'quality':
      scheduler?.setQuality(data.quality);
      break;
  }
};
