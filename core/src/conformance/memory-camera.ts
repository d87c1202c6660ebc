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
 * A camera for tests, which takes a picture when it is told to and never by itself. Frames are what a
 * test pushes, or made up by `captureFrame`; nothing depends on time.
 */
export class MemoryCamera implements Camera {
  readonly #devices: readonly CameraDevice[];
  readonly #encodes: readonly VideoCodec[] | undefined;
  readonly #open = new Set<MemoryFrameSource>();

  /**
   * @param encodes has frames encoded on demand, with the first of these that the receiver shows;
   * `FakeDecoder` decodes them
   */
  constructor(
    devices: readonly CameraDevice[] = [{ id: 'memory', label: 'Memory' }],
    encodes?: readonly VideoCodec[],
  ) {
    this.#devices = devices;
    this.#encodes = encodes;
  }

  /** How many sources are open: 0 says that the device was given back. */
  get openSources(): number {
    return this.#open.size;
  }

  /** Gives a frame to every open source, as if it had encoded it. */
  push(frame: VideoFrame): void {
    for (const source of this.#open) source.put(frame);
  }

  /** Takes a picture with every open source: a sketch of the size and quality that it has. */
  captureFrame(): void {
    for (const source of this.#open) source.captureFrame();
  }

  /** Takes the device away: every open source ends with `RK_CAMERA_LOST`. */
  disconnect(): void {
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
    const source = new MemoryFrameSource(request, this.#encodes, () => this.#open.delete(source));
    this.#open.add(source);
    return source;
  }
}

/** A picture, which is encoded when it is taken. */
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

/** Encodes with the first of its codecs that the receiver shows. */
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
