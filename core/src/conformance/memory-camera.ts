import { checkCaptureRequest, checkQuality } from '../camera/capture-request.js';
import { captureTime } from '../camera/capture-time.js';
import type {
  Camera,
  CameraDevice,
  CaptureRequest,
  CreditedEncoding,
  VideoSource,
} from '../contracts/camera.js';
import type { OperationOptions } from '../contracts/options.js';
import { RoomkeyError } from '../errors/roomkey-error.js';
import { deferred } from '../util/deferred.js';
import { AsyncQueue } from '../util/async-queue.js';
import { LatestValue } from '../util/latest-value.js';
import type { VideoCodec, VideoUnit } from '../wire/index.js';
import { fakeDeltaUnit, fakeJpegUnit } from './fake-units.js';

/**
 * A camera for tests, which takes a picture only when it is told to. Units are what a test pushes, or
 * made up by `capture`; nothing depends on time.
 */
export class MemoryCamera implements Camera {
  readonly #devices: readonly CameraDevice[];
  readonly #encodes: readonly VideoCodec[] | undefined;
  readonly #open = new Set<MemoryVideoSource>();

  /**
   * @param encodes has units encoded on credit, with the first of these that the receiver can decode;
   * `FakeDecoder` decodes them
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

  /** Gives a unit to every open source, as if it had encoded it. */
  push(unit: VideoUnit): void {
    for (const source of this.#open) source.put(unit);
  }

  /** Takes a picture with every open source: a fake of the size and quality that it has. */
  capture(): void {
    for (const source of this.#open) source.capture();
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

  async open(request: CaptureRequest, { signal }: OperationOptions = {}): Promise<VideoSource> {
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
    const source = new MemoryVideoSource(request, this.#encodes, () => this.#open.delete(source));
    this.#open.add(source);
    return source;
  }
}

class MemoryVideoSource implements VideoSource {
  readonly encoding?: CreditedEncoding;
  readonly #units: LatestValue<VideoUnit> | AsyncQueue<VideoUnit>;
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
    if (encodes === undefined) {
      this.#units = new LatestValue();
    } else {
      const units = new AsyncQueue<VideoUnit>();
      this.#units = units;
      this.encoding = this.#encoder = new FakeEncoder(encodes, units, () => this.#request);
    }
  }

  put(unit: VideoUnit): void {
    this.#units.put(unit);
  }

  capture(): void {
    if (this.#encoder === undefined) this.put(fakeJpegUnit(this.#request));
    else this.#encoder.accept(captureTime());
  }

  end(error?: Error): void {
    this.#onEnd();
    this.#units.end(error);
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

  [Symbol.asyncIterator](): AsyncIterator<VideoUnit> {
    return this.#units[Symbol.asyncIterator]();
  }
}

/** Encodes with the first of its codecs that the receiver can decode. */
class FakeEncoder implements CreditedEncoding {
  readonly #encodes: readonly VideoCodec[];
  readonly #units: AsyncQueue<VideoUnit>;
  readonly #request: () => CaptureRequest;
  readonly #lost = deferred<Error>();
  readonly lost = this.#lost.promise;
  #codecs: readonly VideoCodec[] = [];
  #credit = 0;
  /** When the newest picture was taken, where it was not encoded. */
  #newest: number | undefined;
  #last: VideoUnit | undefined;

  constructor(
    encodes: readonly VideoCodec[],
    units: AsyncQueue<VideoUnit>,
    request: () => CaptureRequest,
  ) {
    this.#encodes = encodes;
    this.#units = units;
    this.#request = request;
  }

  fail(error: Error): void {
    this.#lost.resolve(error);
  }

  setCodecs(codecs: readonly VideoCodec[]): void {
    this.#codecs = codecs;
    this.#credit = 0;
    this.#last = undefined;
    this.#units.clear();
  }

  requestKeyUnit(): void {
    this.#last = undefined;
  }

  grant(units: number): void {
    this.#credit += units;
    this.#encode();
  }

  /** A picture was taken. */
  accept(capturedAt: number): void {
    this.#newest = capturedAt;
    this.#encode();
  }

  #encode(): void {
    const capturedAt = this.#newest;
    if (capturedAt === undefined || this.#credit === 0) return;
    this.#newest = undefined;
    this.#credit -= 1;
    const request = this.#request();
    const able = this.#encodes.filter((codec) => this.#codecs.includes(codec));
    const codec = able.find((one) => one === request.codec) ?? able[0] ?? 'jpeg';
    if (codec === 'jpeg') {
      this.#units.put(fakeJpegUnit(request, capturedAt));
      return;
    }
    this.#last = fakeDeltaUnit(request, codec, this.#last, capturedAt);
    this.#units.put(this.#last);
  }
}
