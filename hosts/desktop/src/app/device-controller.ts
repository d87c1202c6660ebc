import { isDeepStrictEqual } from 'node:util';
import { SerialQueue } from '@roomkey/core/host';
import type { DeviceView, FailureView } from '../messages/index.js';

/** A device of a call, such as its camera or its microphone. */
export interface CallDevice<Request> {
  start(request: Request): Promise<void>;
  stop(): Promise<void>;
}

/** The options of `DeviceController`. */
export interface DeviceControllerOptions<Request> {
  /** The device of the call, once there is a call. */
  readonly device: Promise<CallDevice<Request>>;
  /** The current request; the settings can change it. */
  readonly request: () => Request;
  /**
   * Whether it restarts automatically: after a change of the request, or after a reload of its page. A
   * browser shares a screen only after a click.
   */
  readonly restarts: boolean;
  /**
   * Whether a device that runs by one request serves another one, perhaps after `adjust`. Default: if
   * they are equal.
   */
  readonly serves?: (running: Request, wanted: Request) => boolean;
  /** Changes what can be changed while it runs. @returns the request by which it then runs */
  readonly adjust?: (running: Request, wanted: Request) => Promise<Request>;
  /** The request to go on with where this one failed, or its device is gone. */
  readonly substitute?: (error: unknown, request: Request) => Request | undefined;
  /** Called when the substitute runs. @param error why */
  readonly onSubstitute?: (error: unknown) => void;
  /** Called when it failed outside of `start`. */
  readonly onRestartFailed?: (error: unknown) => void;
  /** The active page: its devices are lost with it. */
  readonly page: () => object | undefined;
  readonly onChange: () => void;
  readonly failureOf: (error: unknown) => FailureView;
}

/** The device, request and page of a start. */
interface Wanted<Request> {
  request: Request;
  readonly page: object | undefined;
}

/** What runs in place of the wanted device, and why. */
interface Substitute<Request> {
  readonly request: Request;
  readonly error: unknown;
}

/** Controls a device in a call: brings it to the wanted state. */
export class DeviceController<Request> {
  readonly #options: DeviceControllerOptions<Request>;
  #view: DeviceView = { kind: 'off' };
  #isWanted = false;
  /** The running or starting device: it can be lost before its start is confirmed. */
  #running: Wanted<Request> | undefined;
  /** What failed last. */
  #failed: Wanted<Request> | undefined;
  readonly #commands = new SerialQueue();

  constructor(options: DeviceControllerOptions<Request>) {
    this.#options = options;
  }

  get view(): DeviceView {
    return this.#view;
  }

  /** @throws RoomkeyError as the device */
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

  /** Call when the settings or the active page have changed: tries again what failed before that. */
  async refresh(): Promise<void> {
    if (this.#isOutdated(this.#failed)) this.#isWanted = true;
    if (!this.#isWanted) return;
    if (!this.#options.restarts) {
      await this.#adjust();
      return;
    }
    try {
      if (this.#running !== undefined && !this.#isServed(this.#running)) await this.#abortStart();
    } catch {
      // Failing to stop the old device must not keep the new one from starting.
    }
    await this.#restart();
  }

  /** Call when the device is gone. @returns whether it restarts automatically */
  onLost(error: unknown): boolean {
    if (this.#running === undefined) return false;
    const { page, request } = this.#running;
    this.#running = undefined;
    if (!this.#isWanted) return false;
    if (page === this.#options.page()) {
      const substitute = this.#substituteFor(error, request);
      if (substitute === undefined) {
        this.#fail(error, { request, page });
        return false;
      }
      this.#show({ kind: 'starting' });
      void this.#restart(substitute);
      return true;
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
    this.#failed = undefined;
    this.#view = { kind: 'off' };
  }

  /** Brings it to the wanted state without a caller who is told. The view shows a failure. */
  async #restart(substitute?: Substitute<Request>): Promise<void> {
    try {
      await this.#apply(substitute);
    } catch (error) {
      this.#options.onRestartFailed?.(error);
    }
  }

  /**
   * Brings the device to the wanted state, one command after another.
   *
   * @param substitute for the request, until that changes
   */
  #apply(substitute?: Substitute<Request>): Promise<void> {
    return this.#commands.run(() => (this.#isWanted ? this.#run(substitute) : this.#halt()));
  }

  async #halt(): Promise<void> {
    const { device } = this.#options;
    const wasRunning = this.#running !== undefined;
    this.#running = undefined;
    this.#failed = undefined;
    try {
      if (wasRunning) await (await device).stop();
    } finally {
      this.#show({ kind: 'off' });
    }
  }

  async #run(substitute?: Substitute<Request>): Promise<void> {
    const { device, page } = this.#options;
    const wanted = this.#wanted;
    if (this.#running !== undefined && this.#isServed(this.#running)) {
      await this.#adjust();
      return;
    }
    this.#running = wanted;
    this.#failed = undefined;
    this.#show({ kind: 'starting' });
    const request = substitute?.request ?? wanted.request;
    try {
      await (await device).start(request);
    } catch (error) {
      if (this.#running === wanted) this.#running = undefined;
      if (!this.#isWanted) return;
      // The settings changed, or the page is gone: continue with the next page once it is active.
      if ((this.#isServed(wanted) && wanted.page === page()) || !this.#options.restarts) {
        const next = this.#substituteFor(error, request);
        if (next === undefined) {
          this.#fail(error, wanted);
          throw error;
        }
        await this.#run(next);
        return;
      }
      if (page() !== undefined) await this.#run();
      return;
    }
    if (!this.#isWanted || this.#running !== wanted) return;
    this.#show({ kind: 'on' });
    if (substitute !== undefined) this.#options.onSubstitute?.(substitute.error);
  }

  #substituteFor(error: unknown, failed: Request): Substitute<Request> | undefined {
    const request = this.#options.substitute?.(error, failed);
    return request === undefined ? undefined : { request, error };
  }

  async #adjust(): Promise<void> {
    const running = this.#running;
    const { adjust } = this.#options;
    if (running === undefined || adjust === undefined) return;
    running.request = await adjust(running.request, this.#wanted.request);
  }

  get #wanted(): Wanted<Request> {
    return { request: this.#options.request(), page: this.#options.page() };
  }

  /** Whether another device is wanted since, or another page has them. */
  #isOutdated(failed: Wanted<Request> | undefined): boolean {
    if (failed === undefined || !this.#options.restarts) return false;
    return !this.#isServed(failed) || failed.page !== this.#options.page();
  }

  #isServed({ request }: Wanted<Request>): boolean {
    const serves = this.#options.serves ?? isDeepStrictEqual;
    return serves(request, this.#wanted.request);
  }

  /** The start in progress. Nothing waits for it, because a browser may be asking the person. */
  async #abortStart(): Promise<void> {
    if (this.#view.kind === 'starting') await (await this.#options.device).stop();
  }

  #fail(error: unknown, failed: Wanted<Request>): void {
    this.#isWanted = false;
    this.#failed = failed;
    this.#show({ kind: 'failed', failure: this.#options.failureOf(error) });
  }

  #show(view: DeviceView): void {
    this.#view = view;
    this.#options.onChange();
  }
}
