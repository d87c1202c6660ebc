import {
  CaptureLoop,
  captureTime,
  IntervalPacer,
  RoomkeyError,
  checkCaptureRequest,
  type Camera,
  type CameraDevice,
  type CaptureRequest,
  type OperationOptions,
  type VideoSource,
} from '@roomkey/core';
import { TestPatternRenderer } from './test-pattern-renderer.js';
import { loadSharp } from './sharp.js';

const DEVICE: CameraDevice = { id: 'pattern', label: 'Test picture' };

/** A camera without hardware: every picture shows its number and capture time. */
export class PatternCamera implements Camera {
  devices(options: OperationOptions = {}): Promise<readonly CameraDevice[]> {
    return options.signal?.aborted === true
      ? Promise.reject(options.signal.reason as Error)
      : Promise.resolve([DEVICE]);
  }

  async open(request: CaptureRequest, { signal }: OperationOptions = {}): Promise<VideoSource> {
    signal?.throwIfAborted();
    checkCaptureRequest(request);
    const { deviceId = DEVICE.id, width, height, fps, quality } = request;
    if (deviceId !== DEVICE.id) {
      throw new RoomkeyError(
        'RK_CAMERA_NOT_FOUND',
        `The test picture has only the device ‘${DEVICE.id}’, not ‘${deviceId}’.`,
      );
    }
    const sharp = await loadSharp();
    signal?.throwIfAborted();

    const renderer = new TestPatternRenderer(width, height);
    const pacer = new IntervalPacer(fps);
    const raw = { width, height, channels: 3 } as const;
    let number = 0;
    return new CaptureLoop({
      quality,
      capture: async (limiter, closing) => {
        await pacer.next(closing);
        const capturedAt = captureTime();
        const pixels = renderer.render({ number, time: Math.floor(capturedAt) });
        number = (number + 1) % 2 ** 32;
        const jpeg = await limiter.encode((level) =>
          sharp(pixels, { raw })
            // Optimized Huffman codes take twice the time and save little.
            .jpeg({ quality: level, chromaSubsampling: '4:2:0', optimizeCoding: false })
            .toBuffer(),
        );
        const data = new Uint8Array(jpeg.buffer, jpeg.byteOffset, jpeg.length);
        return { codec: 'jpeg', isKey: true, width, height, capturedAt, data };
      },
      release: () => undefined,
    });
  }
}
