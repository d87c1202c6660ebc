import {
  requestedUnitMs,
  settleOrAbort,
  type AudioDevice,
  type AudioDevices,
  type AudioInput,
  type AudioInputRequest,
  type AudioOutput,
  type AudioOutputRequest,
  type OperationOptions,
  type PageChannel,
} from '@roomkey/core';
import { noWindow } from './failures.js';
import { PageAudio, type DeviceLists } from './page-audio.js';

/** What opens in the page. */
interface Opening {
  readonly opened: Promise<undefined>;
  close(): Promise<void>;
}

/** The microphones and loudspeakers of the active page. */
export class BrowserAudio implements AudioDevices {
  #page: PageAudio | undefined;

  /** Switches to a new page. Devices that are open in the previous page are lost. */
  setPage(channel: PageChannel): void {
    this.#page?.close();
    this.#page = new PageAudio(channel);
  }

  async inputs(options?: OperationOptions): Promise<readonly AudioDevice[]> {
    return (await this.#devices(options)).inputs;
  }

  async outputs(options?: OperationOptions): Promise<readonly AudioDevice[]> {
    return (await this.#devices(options)).outputs;
  }

  async openInput(request: AudioInputRequest, options?: OperationOptions): Promise<AudioInput> {
    const unitMs = requestedUnitMs(request);
    return this.#open((page) => page.openInput({ ...request, unitMs }), options);
  }

  async openOutput(request: AudioOutputRequest, options?: OperationOptions): Promise<AudioOutput> {
    return this.#open((page) => page.openOutput(request), options);
  }

  /** Closes open devices. */
  close(): void {
    this.#page?.close();
  }

  async #devices({ signal }: OperationOptions = {}): Promise<DeviceLists> {
    signal?.throwIfAborted();
    if (this.#page === undefined || this.#page.gone) return { inputs: [], outputs: [] };
    const devices = this.#page.devices();
    return signal === undefined ? devices : settleOrAbort(devices, signal);
  }

  async #open<T extends Opening>(
    open: (page: PageAudio) => T,
    { signal }: OperationOptions = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#page === undefined || this.#page.gone) throw noWindow();
    const device = open(this.#page);
    try {
      await (signal === undefined ? device.opened : settleOrAbort(device.opened, signal));
    } catch (error) {
      // The browser may still be asking the person: do not wait for that.
      void device.close();
      throw error;
    }
    return device;
  }
}
