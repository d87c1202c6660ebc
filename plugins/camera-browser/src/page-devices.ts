import {
  deferred,
  type CameraDevice,
  type CaptureRequest,
  type Deferred,
  type PageChannel,
} from '@roomkey/core';
import { captureBroken, deviceLost, noList, openFailure, windowGone } from './failures.js';
import { parseFromPage, readUnitMessage } from './from-page.js';
import type { FromPage, ToPage } from './messages.js';
import { PageSource } from './page-source.js';

/** Limit for listing devices, ms: the same as for any step of a plugin. */
export const LIST_LIMIT_MS = 10_000;

/** The page side of the plugin in one page, seen from Node. */
export class PageDevices {
  readonly #channel: PageChannel;
  readonly #lists = new Map<number, Deferred<readonly CameraDevice[]>>();
  readonly #sources = new Map<number, { source: PageSource; deviceId: string | undefined }>();
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
  async devices(): Promise<readonly CameraDevice[]> {
    const list = deferred<readonly CameraDevice[]>();
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

  /** Opens a device in the page; `opened` of the result settles when that is done. */
  open(request: CaptureRequest): PageSource {
    const number = this.#nextNumber++;
    const source = new PageSource((command) => this.#send({ ...command, source: number }));
    this.#sources.set(number, { source, deviceId: request.deviceId });
    this.#send({ kind: 'open', source: number, request });
    return source;
  }

  /** Abandons the page: closes its open devices, which are lost to their users. */
  close(): void {
    if (this.#gone) return;
    for (const [number, { source }] of this.#sources) {
      this.#send({ kind: 'close', source: number });
      source.end(windowGone());
    }
    this.#sources.clear();
    for (const list of this.#lists.values()) list.resolve([]);
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
      const { source, generation, unit } = readUnitMessage(message);
      this.#sources.get(source)?.source.deliver(unit, generation);
    } catch (error) {
      this.#breakAll(`It sent what it should not: ${String(error)}.`);
    }
  }

  #receiveText(text: FromPage): void {
    if (text.kind === 'devices') {
      this.#lists.get(text.id)?.resolve(text.devices);
      return;
    }
    const entry = this.#sources.get(text.source);
    // The close and this message may have crossed.
    if (entry === undefined) return;
    const { source, deviceId } = entry;
    if (text.kind === 'opened') {
      source.open();
      return;
    }
    this.#sources.delete(text.source);
    switch (text.kind) {
      case 'failed':
        source.end(openFailure(text.failure, deviceId));
        break;
      case 'lost':
        source.end(deviceLost(text, deviceId));
        break;
      case 'closed':
        source.end();
        break;
    }
  }

  /** The source of an invalid message is unknown, and each source may be waiting for it: fail all. */
  #breakAll(message: string): void {
    for (const [number, { source }] of this.#sources) {
      this.#send({ kind: 'close', source: number });
      source.end(captureBroken(message));
    }
    this.#sources.clear();
  }
}
