import { checkCaptureRequest, checkQuality } from '../camera/capture-request.js';
import { captureTime } from '../camera/capture-time.js';
import type {
  Camera,
  CameraDevice,
  CaptureRequest,
  FrameSource,
  VideoFrame,
} from '../contracts/camera.js';
import type { OperationOptions } from '../contracts/options.js';
import { RoomkeyError } from '../errors/roomkey-error.js';
import { LatestValue } from '../util/latest-value.js';

/**
 * A camera for tests, which takes a picture when it is told to and never by itself. Frames are what a
 * test pushes, or made up by `shoot`; nothing depends on time.
 */
export class MemoryCamera implements Camera {
  readonly #devices: readonly CameraDevice[];
  readonly #open = new Set<MemoryFrameSource>();

  constructor(devices: readonly CameraDevice[] = [{ id: 'memory', label: 'Memory' }]) {
    this.#devices = devices;
  }

  /** How many sources are open: 0 says that the device was given back. */
  get openSources(): number {
    return this.#open.size;
  }

  /** Gives a frame to every open source. */
  push(frame: VideoFrame): void {
    for (const source of this.#open) source.put(frame);
  }

  /** Takes a picture with every open source: `sketchFrame` of the size and quality that it has. */
  shoot(): void {
    for (const source of this.#open) source.put(sketchFrame(source.request));
  }

  /** Takes the device away: every open source ends with `RK_CAMERA_LOST`. */
  lose(): void {
    for (const source of this.#open) {
      source.end(new RoomkeyError('RK_CAMERA_LOST', 'The camera in memory was taken away.'));
    }
  }

  async devices({ signal }: OperationOptions = {}): Promise<readonly CameraDevice[]> {
    signal?.throwIfAborted();
    return Promise.resolve(this.#devices);
  }

  async open(request: CaptureRequest, { signal }: OperationOptions = {}): Promise<FrameSource> {
    signal?.throwIfAborted();
    checkCaptureRequest(request);
    const { deviceId } = request;
    const known = deviceId === undefined || this.#devices.some(({ id }) => id === deviceId);
    if (!known || this.#devices.length === 0) {
      throw new RoomkeyError(
        'RK_CAMERA_NOT_FOUND',
        `The camera in memory has no device ‘${deviceId ?? 'first'}’.`,
      );
    }
    // A real camera takes a moment, in which it can be aborted.
    await Promise.resolve();
    signal?.throwIfAborted();
    const source = new MemoryFrameSource(request, () => this.#open.delete(source));
    this.#open.add(source);
    return source;
  }
}

class MemoryFrameSource implements FrameSource {
  readonly #frames = new LatestValue<VideoFrame>();
  readonly #onEnd: () => void;
  request: CaptureRequest;

  constructor(request: CaptureRequest, onEnd: () => void) {
    this.request = request;
    this.#onEnd = onEnd;
  }

  put(frame: VideoFrame): void {
    this.#frames.put(frame);
  }

  end(error?: Error): void {
    this.#onEnd();
    this.#frames.end(error);
  }

  setQuality(quality: number): void {
    checkQuality(quality);
    this.request = { ...this.request, quality };
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<VideoFrame> {
    return this.#frames[Symbol.asyncIterator]();
  }
}

let sketches = 0;

/**
 * The outline of a JPEG picture: start, size, a comment whose length grows with the quality, end. What
 * looks at the outside of a frame takes it for one; a decoder finds nothing to show. Each differs
 * from the one before.
 */
export function sketchFrame(of: Pick<CaptureRequest, 'width' | 'height' | 'quality'>): VideoFrame {
  const comment = Buffer.alloc(4 + 64 * of.quality);
  comment.writeUInt16BE(0xfffe);
  comment.writeUInt16BE(comment.length - 2, 2);
  comment.writeUInt32BE(sketches++, 4);
  // Baseline frame header of one component (ITU-T T.81, B.2.2).
  const header = Buffer.from('ffc0000b080000000001011100', 'hex');
  header.writeUInt16BE(of.height, 5);
  header.writeUInt16BE(of.width, 7);
  const [start, end] = [Buffer.of(0xff, 0xd8), Buffer.of(0xff, 0xd9)];
  return {
    codec: 'jpeg',
    data: new Uint8Array(Buffer.concat([start, header, comment, end])),
    width: of.width,
    height: of.height,
    capturedAt: captureTime(),
  };
}
