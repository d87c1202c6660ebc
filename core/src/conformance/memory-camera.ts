import { checkCaptureRequest, checkQuality } from '../camera/capture-request.js';
import { captureTime } from '../camera/capture-time.js';
import type {
  Camera,
  CameraDevice,
  CaptureRequest,
  DeltaFrame,
  FrameSource,
  OnDemandEncoding,
  VideoCodec,
  VideoFrame,
} from '../contracts/camera.js';
import type { OperationOptions } from '../contracts/options.js';
import { RoomkeyError } from '../errors/roomkey-error.js';
import { deferred } from '../util/deferred.js';
import { LatestValue } from '../util/latest-value.js';
import { fakeDeltaFrame, fakeJpegFrame } from './fake-frames.js';

/**
 * A camera for tests that captures only on command. Frames are pushed by the test or created by
 * `captureFrame`; nothing depends on time.
 */
export class MemoryCamera implements Camera {
  readonly #devices: readonly CameraDevice[];
  readonly #encodes: readonly VideoCodec[] | undefined;
  readonly #open = new Set<MemoryFrameSource>();

  /**
   * @param encodes encodes on demand, with the first of these codecs that the receiver supports;
   * `FakeDecoder` decodes the frames
   */
  constructor(
    devices: readonly CameraDevice[] = [{ id: 'memory', label: 'Memory' }],
    encodes?: readonly VideoCodec[],
  ) {
    this.#devices = devices;
    this.#encodes = encodes;
  }

  /** Number of open sources; 0 means that the device was released. */
  get openSources(): number {
    return this.#open.size;
  }

  /** Delivers a frame to every open source, as if it had been encoded. */
  push(frame: VideoFrame): void {
    for (const source of this.#open) source.put(frame);
  }

  /** Captures with every open source: a fake frame with the requested size and quality. */
  captureFrame(): void {
    for (const source of this.#open) source.captureFrame();
  }

  /** Disconnects the device: every open source ends with `RK_CAMERA_LOST`. */
  disconnect(): void {
    for (const source of this.#open) {
      source.end(new RoomkeyError('RK_CAMERA_LOST', 'The in-memory camera was disconnected.'));
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
        `The in-memory camera has no device ‘${deviceId ?? 'first'}’.`,
      );
    }
    // A real camera takes time to open and can be aborted meanwhile.
    await Promise.resolve();
    signal?.throwIfAborted();
    const source = new MemoryFrameSource(request, this.#encodes, () => this.#open.delete(source));
    this.#open.add(source);
    return source;
  }
}

/** A captured picture that is encoded when it is taken. */
type PendingFrame = () => VideoFrame;

class MemoryFrameSource implements FrameSource {
  readonly onDemand?: OnDemandEncoding;
  readonly #pictures = new LatestValue<PendingFrame>();
  readonly #encoder: FakeEncoder | undefined;
  readonly #onEnd: () => void;
  #request: CaptureRequest;

  constructor(
    request: CaptureRequest,
    encodes: readonly VideoCodec[] | undefined,
    onEnd: () => void,
  ) {
    this.#request = request;
    this.#onEnd = onEnd;
    if (encodes !== undefined) this.onDemand = this.#encoder = new FakeEncoder(encodes);
  }

  put(frame: VideoFrame): void {
    this.#pictures.put(() => frame);
  }

  captureFrame(): void {
    const encoder = this.#encoder;
    if (encoder === undefined) {
      this.put(fakeJpegFrame(this.#request));
      return;
    }
    const capturedAt = captureTime();
    this.#pictures.put(() => encoder.encode(this.#request, capturedAt));
  }

  end(error?: Error): void {
    this.#onEnd();
    this.#pictures.end(error);
    if (error !== undefined) this.#encoder?.fail(error);
  }

  setQuality(quality: number): void {
    checkQuality(quality);
    this.#request = { ...this.#request, quality };
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoFrame, void, undefined> {
    for await (const take of this.#pictures) yield take();
  }
}

/** Encodes with the first of its codecs that the receiver supports. */
class FakeEncoder implements OnDemandEncoding {
  readonly #encodes: readonly VideoCodec[];
  readonly #lost = deferred<Error>();
  readonly lost = this.#lost.promise;
  #shown: readonly VideoCodec[] = ['jpeg'];
  #last: DeltaFrame | undefined;

  constructor(encodes: readonly VideoCodec[]) {
    this.#encodes = encodes;
  }

  fail(error: Error): void {
    this.#lost.resolve(error);
  }

  setCodecs(codecs: readonly VideoCodec[]): void {
    this.#shown = codecs;
    this.#last = undefined;
  }

  requestKeyFrame(): void {
    this.#last = undefined;
  }

  encode(request: CaptureRequest, capturedAt: number): VideoFrame {
    const able = this.#encodes.filter((codec) => this.#shown.includes(codec));
    const codec = able.find((one) => one === request.codec) ?? able[0] ?? 'jpeg';
    if (codec === 'jpeg') return fakeJpegFrame(request, capturedAt);
    this.#last = fakeDeltaFrame(request, codec, this.#last, capturedAt);
    return this.#last;
  }
}
