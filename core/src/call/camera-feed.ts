import type {
  Camera,
  CaptureRequest,
  FrameSource,
  VideoCodec,
  VideoFrame,
} from '../contracts/camera.js';
import { RoomkeyError } from '../errors/index.js';
import { SerialQueue } from '../util/serial-queue.js';
import type { Sender } from './sender.js';

/**
 * A camera that can be started and stopped again and again; commands run one after another, and a
 * newer one breaks off an opening that has no end yet, as where a browser asks a person.
 */
export class CameraFeed {
  readonly #camera: Camera;
  readonly #sender: Sender;
  readonly #onPreview: (frame: VideoFrame) => void;
  readonly #onLost: (error: unknown) => void;
  /** What the receiver shows, while there is one. */
  #codecs: readonly VideoCodec[] | undefined;
  #source: FrameSource | undefined;
  /** Breaks off what is being opened. */
  #opening: AbortController | undefined;
  /** Whether the next frame is asked to be a key frame: more requests would say the same. */
  #keyFrameAsked = false;
  readonly #commands = new SerialQueue();

  /**
   * @param sender gets the frames
   * @param handlers.onPreview called for every frame of a source that does not encode on demand
   * @param handlers.onLost the camera went away by itself; `start` tries again
   */
  constructor(
    camera: Camera,
    sender: Sender,
    handlers: { onPreview(frame: VideoFrame): void; onLost(error: unknown): void },
  ) {
    this.#camera = camera;
    this.#sender = sender;
    this.#onPreview = (frame) => handlers.onPreview(frame);
    this.#onLost = (error) => handlers.onLost(error);
  }

  /**
   * Opens the camera; one that runs is closed first, so that another device can be chosen.
   *
   * @throws RoomkeyError `RK_CLOSED` where `start` or `stop` was called before it was open
   */
  async start(request: CaptureRequest, signal: AbortSignal): Promise<void> {
    this.#breakOff();
    const opening = (this.#opening = new AbortController());
    await this.#commands.run(async () => {
      await this.#close();
      const either = AbortSignal.any([signal, opening.signal]);
      either.throwIfAborted();
      const source = await this.#camera.open(request, { signal: either });
      // From here on it is closed, not broken off.
      if (this.#opening === opening) this.#opening = undefined;
      this.#source = source;
      if (this.#codecs !== undefined) source.onDemand?.setCodecs(this.#codecs);
      void this.#run(source);
    });
  }

  /** Gives the camera back; can be called twice. */
  async stop(): Promise<void> {
    this.#breakOff();
    await this.#commands.run(() => this.#close());
  }

  /** Changes the quality, 1…100, of the frames to come, where a camera runs. */
  setQuality(quality: number): void {
    this.#source?.setQuality(quality);
  }

  /** There is a receiver, perhaps a new one, that shows these; or there is none any more. */
  setCodecs(codecs: readonly VideoCodec[] | undefined): void {
    this.#codecs = codecs;
    if (codecs !== undefined) this.#source?.onDemand?.setCodecs(codecs);
  }

  /** The receiver lost its way. */
  requestKeyFrame(): void {
    if (this.#keyFrameAsked) return;
    this.#keyFrameAsked = true;
    this.#source?.onDemand?.requestKeyFrame();
  }

  async #run(source: FrameSource): Promise<void> {
    try {
      if (source.onDemand === undefined) await this.#pump(source);
      else await Promise.race([this.#pull(source), thrown(source.onDemand.lost)]);
    } catch (error) {
      if (this.#source === source) this.#source = undefined;
      this.#onLost(error);
      await source.close().catch((closing: unknown) => this.#onLost(closing));
    }
  }

  /** Frames stand by themselves: all are taken, and the sender keeps the newest. */
  async #pump(source: FrameSource): Promise<void> {
    for await (const frame of source) {
      // One that still gives frames while it is closed.
      if (this.#source !== source) return;
      this.#onPreview(frame);
      this.#sender.offer(frame);
    }
  }

  /**
   * Frames build on those before them: one is encoded only when it can be sent, and as soon as that
   * is so, which mostly is before the next picture is taken.
   */
  async #pull(source: FrameSource): Promise<void> {
    const frames = source[Symbol.asyncIterator]();
    for (;;) {
      await this.#sender.room();
      // Another camera may have taken its place meanwhile.
      if (this.#source !== source) return;
      const next = await frames.next();
      if (next.done === true || this.#source !== source) return;
      this.#keyFrameAsked = false;
      if (!this.#sender.offer(next.value)) this.requestKeyFrame();
    }
  }

  #breakOff(): void {
    this.#opening?.abort(
      new RoomkeyError('RK_CLOSED', 'The camera was stopped, or started anew, before it was open.'),
    );
    this.#opening = undefined;
  }

  async #close(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.close();
  }
}

async function thrown(error: Promise<Error>): Promise<never> {
  throw await error;
}
