import type { PageChannel } from '@roomkey/core/host';
import { BufferedListener } from './buffered-listener.js';

/** One end of the channel between the two sides of a plugin. */
export class ChannelEndpoint implements PageChannel {
  readonly #listener = new BufferedListener();
  readonly #send: PageChannel['send'];
  #onClose: (() => void) | undefined;
  #isClosed = false;

  /** @param send transmits a message to the other end */
  constructor(send: PageChannel['send']) {
    this.#send = send;
  }

  send(message: string | Uint8Array): void {
    if (!this.#isClosed) this.#send(message);
  }

  onMessage(listener: (message: string | Uint8Array) => void): void {
    this.#listener.setListener(listener);
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
    if (this.#isClosed) listener();
  }

  /** Handles a message from the other end. */
  receive(message: string | Uint8Array): void {
    this.#listener.deliver(message);
  }

  /** Call when the other end is gone. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    this.#onClose?.();
  }
}
