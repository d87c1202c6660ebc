import { isDeepStrictEqual } from 'node:util';
import type { Call, CaptureRequest } from '@roomkey/core/host';
import type { CameraView, Failure } from '../messages/index.js';

/** What `CallCamera` works with. */
export interface CallCameraOptions {
  /** The call, once it is there. */
  readonly call: Promise<Pick<Call, 'startCamera' | 'stopCamera'>>;
  /** What the settings ask for now. */
  readonly request: () => CaptureRequest;
  /** The page in use now: a camera of the page's goes with it. */
  readonly page: () => object | undefined;
  readonly onChange: () => void;
  readonly failureOf: (error: unknown) => Failure;
}

/**
 * The own camera in a call: whether it is wanted, and whether it runs. It is started again when the
 * settings ask for another picture, and when the page that it belonged to was loaded again.
 */
export class CallCamera {
  readonly #options: CallCameraOptions;
  #view: CameraView = { kind: 'off' };
  #isWanted = false;
  #running: { readonly request: CaptureRequest; readonly page: object | undefined } | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(options: CallCameraOptions) {
    this.#options = options;
  }

  get view(): CameraView {
    return this.#view;
  }

  /** @throws RoomkeyError `RK_CAMERA_*` */
  start(): Promise<void> {
    this.#isWanted = true;
    return this.#apply();
  }

  stop(): Promise<void> {
    this.#isWanted = false;
    return this.#apply();
  }

  /** The settings or the page in use are others. */
  async refresh(): Promise<void> {
    // Why it failed is shown by then.
    if (this.#isWanted) await this.#apply().catch(() => undefined);
  }

  /** A picture of it came to be shown. */
  seen(): void {
    if (this.#view.kind === 'on' && !this.#view.preview) this.#show({ kind: 'on', preview: true });
  }

  /** It went away by itself. */
  lost(error: unknown): void {
    if (this.#running === undefined) return;
    const { page } = this.#running;
    this.#running = undefined;
    if (!this.#isWanted) return;
    if (page === this.#options.page()) {
      this.#fail(error);
      return;
    }
    // It was the page's, and the page is being loaded again.
    this.#show({ kind: 'starting' });
    if (this.#options.page() !== undefined) void this.refresh();
  }

  /** The call is over. */
  end(): void {
    this.#isWanted = false;
    this.#running = undefined;
    this.#view = { kind: 'off' };
  }

  /** Brings the camera to what is wanted; one after another. */
  #apply(): Promise<void> {
    const run = this.#last.then(() => (this.#isWanted ? this.#run() : this.#halt()));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #halt(): Promise<void> {
    const { call } = this.#options;
    const wasRunning = this.#running !== undefined;
    this.#running = undefined;
    if (wasRunning) await (await call).stopCamera();
    this.#show({ kind: 'off' });
  }

  async #run(): Promise<void> {
    const { call, request, page } = this.#options;
    const wanted = { request: request(), page: page() };
    if (isDeepStrictEqual(this.#running?.request, wanted.request)) return;
    this.#running = undefined;
    this.#show({ kind: 'starting' });
    try {
      await (await call).startCamera(wanted.request);
    } catch (error) {
      if (!this.#isWanted) return;
      // The page went away meanwhile: the next one is asked, when it is there.
      if (wanted.page === page()) {
        this.#fail(error);
        throw error;
      }
      if (page() !== undefined) await this.#run();
      return;
    }
    this.#running = wanted;
    if (this.#isWanted) this.#show({ kind: 'on', preview: false });
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
