import { VIDEO_HEADER_BYTES, writeVideoHeader, type NumberedVideoUnit } from '@roomkey/core/wire';
import type { PageChannel } from '@roomkey/core';
import { PREFIX_BYTES, writePrefix, type ToPage } from '../../src/messages.js';

type HeaderChanges = Partial<Omit<NumberedVideoUnit, 'data'>>;

/** A page without a browser: records the messages of Node, and sends those of a test. */
export class MemoryPage {
  readonly received: ToPage[] = [];
  #listener: (message: string | Uint8Array) => void = () => undefined;
  #onClose: () => void = () => undefined;

  /** Node's end. */
  readonly channel: PageChannel = {
    send: (message) => this.received.push(JSON.parse(message as string) as ToPage),
    onMessage: (listener) => (this.#listener = listener),
    onClose: (listener) => (this.#onClose = listener),
  };

  /** Sends to Node; text and bytes unchanged, everything else as JSON. */
  send(message: unknown): void {
    const isRaw = typeof message === 'string' || message instanceof Uint8Array;
    this.#listener(isRaw ? message : JSON.stringify(message));
  }

  /** Sends a unit for the receiver of this generation. */
  sendUnit(source: number, generation: number, changes: HeaderChanges = {}): void {
    this.send(unitMessage({ source, generation }, changes));
  }

  /** Closes the page. */
  leave(): void {
    this.#onClose();
  }

  /** The last message of Node. */
  get last(): ToPage | undefined {
    return this.received.at(-1);
  }
}

/** A binary message with one byte of picture, whose value is 7. */
export function unitMessage(
  prefix: { readonly source: number; readonly generation: number },
  changes: HeaderChanges = {},
): Uint8Array {
  const message = new Uint8Array(PREFIX_BYTES + VIDEO_HEADER_BYTES + 1).fill(7);
  writePrefix(message, prefix);
  writeVideoHeader(message.subarray(PREFIX_BYTES), {
    codec: 'jpeg',
    isKey: true,
    number: 0,
    width: 16,
    height: 9,
    capturedAt: 1_800_000_000_000.25,
    ...changes,
  });
  return message;
}
