/** The worker of one open device: keeps the newest image and encodes it on request. */
import { CaptureClock, now } from './capture-clock.js';
import { FrameMaker } from './frame-maker.js';
import { SCREEN } from './messages.js';
import { FrameRateLimit } from './frame-rate-limit.js';
import type { CaptureWorkerOutput, CaptureWorkerInput } from './worker-messages.js';

let maker: FrameMaker | undefined;
let rate: FrameRateLimit | undefined;
let hasPicture = false;

function send(message: CaptureWorkerOutput, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

function onImage(image: VideoFrame | ImageBitmap, capturedAt: number): void {
  if (maker === undefined || rate?.admits(capturedAt) !== true) {
    image.close();
    return;
  }
  maker.take(image, capturedAt);
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
      maker = new FrameMaker(source, request, {
        isStill: request.deviceId === SCREEN,
        onFrame: (message) => send(message, [message]),
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
    case 'want':
      maker?.want();
      break;
    case 'codecs':
      maker?.setCodecs(data.codecs);
      break;
    case 'key':
      maker?.requestKeyFrame();
      break;
    case 'quality':
      maker?.setQuality(data.quality);
      break;
  }
};
