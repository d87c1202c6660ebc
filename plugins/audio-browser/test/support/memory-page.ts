import { bytesHeader, type PageChannel } from '@roomkey/core';
import { PREFIX_BYTES, writePrefix, type ToPage, type UnitPrefix } from '../../src/messages.js';

/** A page without a browser: records the messages of Node, and sends those of a test. */
export class MemoryPage {
  readonly received: ToPage[] = [];
  /** Binary messages of Node. */
  readonly units: Uint8Array[] = [];
  #listener: (message: string | Uint8Array) => void = () => undefined;
  #onClose: () => void = () => undefined;

  /** Node's end. */
  readonly channel: PageChannel = {
    send: (message) => {
      if (typeof message === 'string') this.received.push(JSON.parse(message) as ToPage);
      else this.units.push(message);
    },
    onMessage: (listener) => (this.#listener = listener),
    onClose: (listener) => (this.#onClose = listener),
  };

  /** Sends to Node; text and bytes unchanged, everything else as JSON. */
  send(message: unknown): void {
    const isRaw = typeof message === 'string' || message instanceof Uint8Array;
    this.#listener(isRaw ? message : JSON.stringify(message));
  }

  /** Closes the page. */
  leave(): void {
    this.#onClose();
  }

  /** The last text message of Node. */
  get last(): ToPage | undefined {
    return this.received.at(-1);
  }

  /** The number of the device in the last request to open one. */
  get opening(): number {
    const message = this.received.findLast(({ kind }) => kind.startsWith('open-'));
    if (message === undefined || !('device' in message)) throw new Error('nothing was opened');
    return message.device;
  }
}

/** What a test changes of a unit of a microphone. */
export type UnitChanges = Partial<UnitPrefix> & {
  readonly capturedAt?: number;
  readonly bytes?: number;
};

/** A binary message with a unit of 20 ms, whose bytes are 7. */
export function unitMessage({
  capturedAt = 1_800_000_000_000,
  bytes = 80,
  ...prefix
}: UnitChanges): Uint8Array {
  const header = bytesHeader({ number: 0, capturedAt });
  const message = new Uint8Array(PREFIX_BYTES + header.length + bytes).fill(7);
  writePrefix(message, {
    device: 0,
    generation: 0,
    samples: 960,
    muted: false,
    level: 0.5,
    ...prefix,
  });
  message.set(header, PREFIX_BYTES);
  return message;
}
