import { isDeepStrictEqual } from 'node:util';
import { SerialQueue, type Call, type CaptureRequest } from '@roomkey/core/host';
import type { CameraView, FailureView } from '../messages/index.js';

export interface CallCameraOptions {
  /** Resolves when the call exists. */
  readonly call: Promise<Pick<Call, 'startCamera' | 'stopCamera' | 'setQuality'>>;
  /** The capture request of the current settings. */
  readonly request: () => CaptureRequest;
  /** The active page. A browser camera stops with its page. */
  readonly page: () => object | undefined;
  readonly onChange: () => void;
  readonly failureOf: (error: unknown) => FailureView;
}

/** What a camera was started for. */
interface Wanted {
  readonly request: CaptureRequest;
  readonly page: object | undefined;
}

/**
 * The local camera in a call. Restarts when the settings change, and when the page that captured it
 * is reloaded.
 */
export class CallCamera {
  readonly #options: CallCameraOptions;
  #view: CameraView = { kind: 'off' };
  #isWanted = false;
  /** Overrides the device of the settings, for example with the screen. */
  #deviceId: string | undefined;
  /** What is running or starting. The camera can be lost before its start is confirmed. */
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
   * @param deviceId overrides the settings until the next start. If it does not start, for example
   * because the user picks no screen, the previous camera continues.
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
      // Only if no other device was requested in the meantime. The view shows how the retry ends.
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

  /** Call when the settings or the active page change. */
  async refresh(): Promise<void> {
    if (!this.#isWanted) return;
    try {
      if (this.#running !== undefined && !this.#isServed(this.#running)) await this.#breakOff();
    } catch {
      // Failing to stop the old camera must not keep the new one from starting.
    }
    // The view already shows the failure.
    await this.#apply().catch(() => undefined);
  }

  /** Call for each preview frame. */
  onPreviewFrame(): void {
    if (this.#view.kind === 'on' && !this.#view.preview) this.#show({ kind: 'on', preview: true });
  }

  /** Call when the camera stops on its own. @returns whether it restarts automatically */
  onLost(error: unknown): boolean {
    if (this.#running === undefined) return false;
    const { page } = this.#running;
    this.#running = undefined;
    if (!this.#isWanted) return false;
    if (page === this.#options.page()) {
      this.#fail(error);
      return false;
    }
    // The page captured it, and is being reloaded.
    this.#show({ kind: 'starting' });
    if (this.#options.page() !== undefined) void this.refresh();
    return true;
  }

  /** Call when the call ends. */
  end(): void {
    this.#isWanted = false;
    this.#running = undefined;
    this.#view = { kind: 'off' };
  }

  /** Starts or stops the camera as wanted. Calls run one after another. */
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
      // The settings or the page changed in the meantime: try again, if there is a page.
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

  /**
   * Whether the running camera matches the request. The quality may differ: it can be changed while
   * running.
   */
  #isServed({ request }: Wanted): boolean {
    const wanted = this.#wanted.request;
    return isDeepStrictEqual({ ...request, quality: wanted.quality }, wanted);
  }

  /** Cancels a pending start. The browser may be asking the user, which can take forever. */
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
