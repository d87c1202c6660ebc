import { isDeepStrictEqual } from 'node:util';
import { SerialQueue, type Call, type CaptureRequest } from '@roomkey/core/host';
import type { CameraView, FailureView } from '../messages/index.js';

/** What `CallCamera` works with. */
export interface CallCameraOptions {
  /** The call, once it is there. */
  readonly call: Promise<Pick<Call, 'startCamera' | 'stopCamera' | 'setQuality'>>;
  /** What the settings ask for now. */
  readonly request: () => CaptureRequest;
  /** The page in use now: a camera of the page's goes with it. */
  readonly page: () => object | undefined;
  readonly onChange: () => void;
  readonly failureOf: (error: unknown) => FailureView;
}

/** What a camera is started for. */
interface Wanted {
  readonly request: CaptureRequest;
  readonly page: object | undefined;
}

/**
 * The own camera in a call: whether it is wanted, and whether it runs. It is started again when the
 * settings ask for another picture, and when the page that it belonged to was loaded again.
 */
export class CallCamera {
  readonly #options: CallCameraOptions;
  #view: CameraView = { kind: 'off' };
  #isWanted = false;
  /** What is started in place of the settings' camera, as the screen is. */
  #deviceId: string | undefined;
  /** What runs, or is being started: it can be lost before it is told that it runs. */
  #running: Wanted | undefined;
  readonly #commands = new SerialQueue();

  constructor(options: CallCameraOptions) {
    this.#options = options;
  }

  get view(): CameraView {
    const view = this.#view;
    const deviceId = this.#deviceId;
    if (deviceId === undefined || (view.kind !== 'starting' && view.kind !== 'on')) return view;
    return { ...view, deviceId };
  }

  /**
   * @param deviceId in place of the settings', until the next start; where it does not start, as a
   * screen that is not chosen, the camera goes on that ran
   * @throws RoomkeyError `RK_CAMERA_*`
   */
  async start(deviceId?: string): Promise<void> {
    const isInPlace =
      deviceId !== undefined && this.#deviceId === undefined && this.#view.kind === 'on';
    this.#isWanted = true;
    this.#deviceId = deviceId;
    if (this.#running !== undefined && !this.#isServed(this.#running)) await this.#breakOff();
    try {
      await this.#apply();
    } catch (error) {
      // Unless something else was asked for meanwhile. What becomes of it is shown by its own state.
      if (isInPlace && this.#view.kind === 'failed' && this.#deviceId === deviceId) {
        await this.start().catch(() => undefined);
      }
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    await this.#breakOff();
    await this.#apply();
  }

  /** The settings or the page in use are others. */
  async refresh(): Promise<void> {
    if (!this.#isWanted) return;
    try {
      if (this.#running !== undefined && !this.#isServed(this.#running)) await this.#breakOff();
    } catch {
      // What cannot be given back does not keep the next one from being tried.
    }
    // Why it failed is shown by then.
    await this.#apply().catch(() => undefined);
  }

  /** A picture of it came to be shown. */
  onPreviewFrame(): void {
    if (this.#view.kind === 'on' && !this.#view.preview) this.#show({ kind: 'on', preview: true });
  }

  /** It went away by itself. @returns whether it is started again, without a person */
  onLost(error: unknown): boolean {
    if (this.#running === undefined) return false;
    const { page } = this.#running;
    this.#running = undefined;
    if (!this.#isWanted) return false;
    if (page === this.#options.page()) {
      this.#fail(error);
      return false;
    }
    // It was the page's, and the page is being loaded again.
    this.#show({ kind: 'starting' });
    if (this.#options.page() !== undefined) void this.refresh();
    return true;
  }

  /** The call is over. */
  end(): void {
    this.#isWanted = false;
    this.#running = undefined;
    this.#view = { kind: 'off' };
  }

  /** Brings the camera to what is wanted; one after another. */
  #apply(): Promise<void> {
    return this.#commands.run(() => (this.#isWanted ? this.#run() : this.#halt()));
  }

  async #halt(): Promise<void> {
    const { call } = this.#options;
    const wasRunning = this.#running !== undefined;
    this.#running = undefined;
    try {
      if (wasRunning) await (await call).stopCamera();
    } finally {
      this.#show({ kind: 'off' });
    }
  }

  async #run(): Promise<void> {
    const { call, page } = this.#options;
    const wanted = this.#wanted;
    const { quality } = wanted.request;
    if (this.#running !== undefined && this.#isServed(this.#running)) {
      if (this.#running.request.quality === quality) return;
      this.#running = { ...this.#running, request: wanted.request };
      (await call).setQuality(quality);
      return;
    }
    this.#running = wanted;
    this.#show({ kind: 'starting' });
    try {
      await (await call).startCamera(wanted.request);
    } catch (error) {
      if (this.#running === wanted) this.#running = undefined;
      if (!this.#isWanted) return;
      // Other settings, or the page went away meanwhile: the next one is asked, when it is there.
      if (this.#isServed(wanted) && wanted.page === page()) {
        this.#fail(error);
        throw error;
      }
      if (page() !== undefined) await this.#run();
      return;
    }
    if (this.#isWanted && this.#running === wanted) this.#show({ kind: 'on', preview: false });
  }

  get #wanted(): Wanted {
    const request = this.#options.request();
    const deviceId = this.#deviceId;
    return {
      request: deviceId === undefined ? request : { ...request, deviceId },
      page: this.#options.page(),
    };
  }

  /** Whether it gives what is wanted now, but perhaps for its quality, which can be changed. */
  #isServed({ request }: Wanted): boolean {
    const wanted = this.#wanted.request;
    return isDeepStrictEqual({ ...request, quality: wanted.quality }, wanted);
  }

  /** What is being started: a browser may be asking the person, and nobody waits for that. */
  async #breakOff(): Promise<void> {
    if (this.#view.kind === 'starting') await (await this.#options.call).stopCamera();
  }

  #fail(error: unknown): void {
    this.#isWanted = false;
    this.#show({ kind: 'failed', failure: this.#options.failureOf(error) });
  }

  #show(view: CameraView): void {
    this.#view = view;
    this.#options.onChange();
  }
}
