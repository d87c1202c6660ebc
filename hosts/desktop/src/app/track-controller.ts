import { isDeepStrictEqual } from 'node:util';
import { SerialQueue, type CallTrack, type CaptureRequest } from '@roomkey/core/host';
import type { FailureView, LocalTrackView } from '../messages/index.js';

/** The options of `TrackController`. */
export interface TrackControllerOptions {
  /** The own camera or screen of the call, once there is a call. */
  readonly track: Promise<CallTrack>;
  /** The current request; the settings can change it. */
  readonly request: () => CaptureRequest;
  /**
   * Whether it restarts automatically: after a change of the request, or after a reload of its page. A
   * browser shares a screen only after a click.
   */
  readonly restarts: boolean;
  /** The active page: its devices are lost with it. */
  readonly page: () => object | undefined;
  readonly onChange: () => void;
  readonly failureOf: (error: unknown) => FailureView;
}

/** The device, request and page of a start. */
interface Wanted {
  readonly request: CaptureRequest;
  readonly page: object | undefined;
}

/** Controls the own camera, or the own screen, in a call: brings it to the wanted state. */
export class TrackController {
  readonly #options: TrackControllerOptions;
  #view: LocalTrackView = { kind: 'off' };
  #isWanted = false;
  /** The running or starting track: it can be lost before its start is confirmed. */
  #running: Wanted | undefined;
  readonly #commands = new SerialQueue();

  constructor(options: TrackControllerOptions) {
    this.#options = options;
  }

  get view(): LocalTrackView {
    return this.#view;
  }

  /** @throws RoomkeyError `RK_CAMERA_*` */
  async start(): Promise<void> {
    this.#isWanted = true;
    if (this.#running !== undefined && !this.#isServed(this.#running)) await this.#abortStart();
    await this.#apply();
  }

  async stop(): Promise<void> {
    this.#isWanted = false;
    await this.#abortStart();
    await this.#apply();
  }

  /** Call when the settings or the active page have changed. */
  async refresh(): Promise<void> {
    if (!this.#isWanted) return;
    if (!this.#options.restarts) {
      await this.#applyQuality();
      return;
    }
    try {
      if (this.#running !== undefined && !this.#isServed(this.#running)) await this.#abortStart();
    } catch {
      // Failing to stop the old camera must not keep the new one from starting.
    }
    // The view already shows the failure.
    await this.#apply().catch(() => undefined);
  }

  /** Call when a picture of it is to be shown. */
  onPreviewUnit(): void {
    if (this.#view.kind === 'on' && !this.#view.preview) this.#show({ kind: 'on', preview: true });
  }

  /** Call when the device is gone. @returns whether it restarts automatically */
  onLost(error: unknown): boolean {
    if (this.#running === undefined) return false;
    const { page } = this.#running;
    this.#running = undefined;
    if (!this.#isWanted) return false;
    if (page === this.#options.page()) {
      this.#fail(error);
      return false;
    }
    // The device belonged to the page, which is reloading.
    if (!this.#options.restarts) {
      this.#isWanted = false;
      this.#show({ kind: 'off' });
      return true;
    }
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

  /** Brings the track to the wanted state, one command after another. */
  #apply(): Promise<void> {
    return this.#commands.run(() => (this.#isWanted ? this.#run() : this.#halt()));
  }

  async #halt(): Promise<void> {
    const { track } = this.#options;
    const wasRunning = this.#running !== undefined;
    this.#running = undefined;
    try {
      if (wasRunning) await (await track).stop();
    } finally {
      this.#show({ kind: 'off' });
    }
  }

  async #run(): Promise<void> {
    const { track, page } = this.#options;
    const wanted = this.#wanted;
    if (this.#running !== undefined && this.#isServed(this.#running)) {
      await this.#applyQuality();
      return;
    }
    this.#running = wanted;
    this.#show({ kind: 'starting' });
    try {
      await (await track).start(wanted.request);
    } catch (error) {
      if (this.#running === wanted) this.#running = undefined;
      if (!this.#isWanted) return;
      // The settings changed, or the page is gone: continue with the next page once it is active.
      if ((this.#isServed(wanted) && wanted.page === page()) || !this.#options.restarts) {
        this.#fail(error);
        throw error;
      }
      if (page() !== undefined) await this.#run();
      return;
    }
    if (this.#isWanted && this.#running === wanted) this.#show({ kind: 'on', preview: false });
  }

  async #applyQuality(): Promise<void> {
    const { quality } = this.#wanted.request;
    if (this.#running === undefined || this.#running.request.quality === quality) return;
    const { request, page } = this.#running;
    this.#running = { request: { ...request, quality }, page };
    (await this.#options.track).setQuality(quality);
  }

  get #wanted(): Wanted {
    return { request: this.#options.request(), page: this.#options.page() };
  }

  /**
   * Whether the running camera matches the request. The quality may differ: it can be changed while
   * running.
   */
  #isServed({ request }: Wanted): boolean {
    const wanted = this.#wanted.request;
    return isDeepStrictEqual({ ...request, quality: wanted.quality }, wanted);
  }

  /** The start in progress. Nothing waits for it, because a browser may be asking the person. */
  async #abortStart(): Promise<void> {
    if (this.#view.kind === 'starting') await (await this.#options.track).stop();
  }

  #fail(error: unknown): void {
    this.#isWanted = false;
    this.#show({ kind: 'failed', failure: this.#options.failureOf(error) });
  }

  #show(view: LocalTrackView): void {
    this.#view = view;
    this.#options.onChange();
  }
}
