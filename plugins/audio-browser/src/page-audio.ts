import {
  deferred,
  type AudioDevice,
  type AudioInputRequest,
  type AudioOutputRequest,
  type AudioUnitMs,
  type Deferred,
  type PageChannel,
} from '@roomkey/core';
import { deviceLost, noList, openFailure, pageBroken, windowGone, type End } from './failures.js';
import { parseFromPage, readUnitMessage } from './from-page.js';
import { SCREEN, type FromPage, type ToPage } from './messages.js';
import type { PageDevice } from './page-device.js';
import { PageInput } from './page-input.js';
import { PageOutput } from './page-output.js';

/** Limit for listing devices, ms: the same as for any step of a plugin. */
export const LIST_LIMIT_MS = 10_000;

/** The devices of a page. */
export interface DeviceLists {
  readonly inputs: readonly AudioDevice[];
  readonly outputs: readonly AudioDevice[];
}

/** A device that is open in the page, or opens. */
interface Entry {
  readonly device: PageDevice;
  readonly end: End;
  readonly deviceId: string | undefined;
}

/** The page side of the plugin in one page, seen from Node. */
export class PageAudio {
  readonly #channel: PageChannel;
  readonly #lists = new Map<number, Deferred<DeviceLists>>();
  readonly #devices = new Map<number, Entry>();
  #nextNumber = 0;
  #gone = false;

  constructor(channel: PageChannel) {
    this.#channel = channel;
    channel.onMessage((message) => this.#receive(message));
    channel.onClose(() => this.close());
  }

  /** Whether the page is gone or was replaced. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Lists the devices; empty if the page goes away. @throws RoomkeyError `RK_PLUGIN_TIMEOUT` */
  async devices(): Promise<DeviceLists> {
    const list = deferred<DeviceLists>();
    const id = this.#nextNumber++;
    this.#lists.set(id, list);
    this.#send({ kind: 'devices', id });
    const limit = setTimeout(() => list.reject(noList(LIST_LIMIT_MS)), LIST_LIMIT_MS);
    try {
      return await list.promise;
    } finally {
      clearTimeout(limit);
      this.#lists.delete(id);
    }
  }

  /** Opens a microphone in the page; `opened` of the result settles when that is done. */
  openInput(request: AudioInputRequest & { readonly unitMs: AudioUnitMs }): PageInput {
    const number = this.#nextNumber++;
    const input = new PageInput(request.unitMs, (command) =>
      this.#send({ ...command, device: number }),
    );
    const { deviceId } = request;
    const end = deviceId === SCREEN ? 'screen' : 'input';
    this.#devices.set(number, { device: input, end, deviceId });
    this.#send({ kind: 'open-input', device: number, request });
    return input;
  }

  /** Opens a loudspeaker in the page; `opened` of the result settles when that is done. */
  openOutput(request: AudioOutputRequest): PageOutput {
    const number = this.#nextNumber++;
    const output = new PageOutput(number, {
      send: (command) => this.#send({ ...command, device: number }),
      sendUnit: (message) => {
        if (!this.#gone) this.#channel.send(message);
      },
    });
    this.#devices.set(number, { device: output, end: 'output', deviceId: request.deviceId });
    this.#send({ kind: 'open-output', device: number, request });
    return output;
  }

  /** Abandons the page: closes its open devices, which are lost to their users. */
  close(): void {
    if (this.#gone) return;
    this.#endAll((end) => windowGone(end));
    for (const list of this.#lists.values()) list.resolve({ inputs: [], outputs: [] });
    this.#gone = true;
  }

  #send(message: ToPage): void {
    if (!this.#gone) this.#channel.send(JSON.stringify(message));
  }

  #receive(message: string | Uint8Array): void {
    if (this.#gone) return;
    if (typeof message !== 'string') {
      this.#receiveUnit(message);
      return;
    }
    const text = parseFromPage(message);
    if (text === undefined) this.#breakAll(`It sent ${message.slice(0, 200)}.`);
    else this.#receiveText(text);
  }

  #receiveUnit(message: Uint8Array): void {
    try {
      const { device, generation, unit } = readUnitMessage(message);
      const open = this.#devices.get(device)?.device;
      if (open instanceof PageInput) open.deliver(unit, generation);
    } catch (error) {
      this.#breakAll(`It sent what it should not: ${String(error)}.`);
    }
  }

  #receiveText(text: FromPage): void {
    if (text.kind === 'devices') {
      const { inputs, outputs } = text;
      this.#lists.get(text.id)?.resolve({ inputs, outputs });
      return;
    }
    const entry = this.#devices.get(text.device);
    // The close and this message may have crossed.
    if (entry === undefined) return;
    const { device, end, deviceId } = entry;
    if (text.kind === 'opened') {
      device.open();
      return;
    }
    if (text.kind === 'statistics') {
      if (device instanceof PageOutput) device.report(text.received, text.statistics);
      return;
    }
    this.#devices.delete(text.device);
    switch (text.kind) {
      case 'failed':
        device.end(openFailure(end, text.failure, deviceId));
        break;
      case 'lost':
        device.end(deviceLost(end, text));
        break;
      case 'closed':
        device.end();
        break;
    }
  }

  /** The device of an invalid message is unknown, and each may be waiting for it: fail all. */
  #breakAll(message: string): void {
    this.#endAll((end) => pageBroken(end, message));
  }

  #endAll(error: (end: End) => Error): void {
    for (const [number, { device, end }] of this.#devices) {
      this.#send({ kind: 'close', device: number });
      device.end(error(end));
    }
    this.#devices.clear();
  }
}
