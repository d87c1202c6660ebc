import {
  checkCaptureRequest,
  settleOrAbort,
  type Camera,
  type CameraDevice,
  type CaptureRequest,
  type OperationOptions,
  type PageChannel,
  type VideoSource,
} from '@roomkey/core';
import { noWindow } from './failures.js';
import { PageDevices } from './page-devices.js';

/** The cameras, and the screen, of the active page. */
export class BrowserCamera implements Camera {
  #page: PageDevices | undefined;

  /** Switches to a new page. Sources that are open in the previous page are lost. */
  setPage(channel: PageChannel): void {
    this.#page?.close();
    this.#page = new PageDevices(channel);
  }

  async devices({ signal }: OperationOptions = {}): Promise<readonly CameraDevice[]> {
    signal?.throwIfAborted();
    if (this.#page === undefined || this.#page.gone) return [];
    const devices = this.#page.devices();
    return signal === undefined ? devices : settleOrAbort(devices, signal);
  }

  async open(request: CaptureRequest, { signal }: OperationOptions = {}): Promise<VideoSource> {
    signal?.throwIfAborted();
    checkCaptureRequest(request);
    if (this.#page === undefined || this.#page.gone) throw noWindow();
    const source = this.#page.open(request);
    try {
      await (signal === undefined ? source.opened : settleOrAbort(source.opened, signal));
    } catch (error) {
      // The browser may still be asking the person: do not wait for that.
      void source.close();
      throw error;
    }
    return source;
  }

  /** Closes open sources. */
  close(): void {
    this.#page?.close();
  }
}
