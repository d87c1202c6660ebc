import type { Camera, CaptureRequest, FrameSource, VideoFrame } from '../contracts/camera.js';

/** A camera that can be started and stopped again and again; commands run one after another. */
export class CameraFeed {
  readonly #camera: Camera;
  readonly #onFrame: (frame: VideoFrame) => void;
  readonly #onLost: (error: unknown) => void;
  #source: FrameSource | undefined;
  #last: Promise<void> = Promise.resolve();

  /**
   * @param handlers.onFrame called for every frame
   * @param handlers.onLost the camera went away by itself; `start` tries again
   */
  constructor(
    camera: Camera,
    handlers: { onFrame(frame: VideoFrame): void; onLost(error: unknown): void },
  ) {
    this.#camera = camera;
    this.#onFrame = (frame) => handlers.onFrame(frame);
    this.#onLost = (error) => handlers.onLost(error);
  }

  /** Opens the camera; one that runs is closed first, so that another device can be chosen. */
  async start(request: CaptureRequest, signal: AbortSignal): Promise<void> {
    await this.#exclusively(async () => {
      await this.#close();
      signal.throwIfAborted();
      const source = await this.#camera.open(request, { signal });
      this.#source = source;
      void this.#pump(source);
    });
  }

  /** Gives the camera back; can be called twice. */
  async stop(): Promise<void> {
    await this.#exclusively(() => this.#close());
  }

  async #pump(source: FrameSource): Promise<void> {
    try {
      for await (const frame of source) this.#onFrame(frame);
    } catch (error) {
      if (this.#source === source) this.#source = undefined;
      this.#onLost(error);
      await source.close().catch((closing: unknown) => this.#onLost(closing));
    }
  }

  async #close(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.close();
  }

  #exclusively(command: () => Promise<void>): Promise<void> {
    const run = this.#last.then(command);
    this.#last = run.catch(() => undefined);
    return run;
  }
}
