import type { PageChannel } from '@roomkey/core';
import { writeFrameHeader, FRAME_HEADER_BYTES, type ToPage } from '../../src/page/messages.js';

/** A page without a browser: records messages and sends what a test says. */
export class MemoryPage {
  readonly told: ToPage[] = [];
  #listener: (message: string | Uint8Array) => void = () => undefined;
  #onClose: () => void = () => undefined;

  /** Node's end. */
  readonly channel: PageChannel = {
    send: (message) => this.told.push(JSON.parse(message as string) as ToPage),
    onMessage: (listener) => (this.#listener = listener),
    onClose: (listener) => (this.#onClose = listener),
  };

  /** Sends to Node.js; text and bytes unchanged, other values as JSON. */
  say(message: unknown): void {
    const isRaw = typeof message === 'string' || message instanceof Uint8Array;
    this.#listener(isRaw ? message : JSON.stringify(message));
  }

  /** Sends a frame. */
  show(source: number, changes: Partial<Parameters<typeof writeFrameHeader>[2]> = {}): void {
    this.say(frameMessage(source, changes));
  }

  /** Closes the page. */
  leave(): void {
    this.#onClose();
  }

  /** The last message it received. */
  get last(): ToPage | undefined {
    return this.told.at(-1);
  }
}

/** A binary message whose image is one byte of value 7. */
export function frameMessage(
  source: number,
  changes: Partial<Parameters<typeof writeFrameHeader>[2]> = {},
): Uint8Array {
  const message = new Uint8Array(FRAME_HEADER_BYTES + 1).fill(7);
  writeFrameHeader(message, source, {
    codec: 'jpeg',
    isKey: true,
    width: 16,
    height: 9,
    capturedAt: 1_800_000_000_000.25,
    ...changes,
  });
  return message;
}
