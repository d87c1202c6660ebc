import { deferred } from '@roomkey/core';
import type { DeviceCommand } from './messages.js';

/** Limit for the page to confirm a close, ms. */
const CLOSE_LIMIT = 2000;

/** What a microphone and a loudspeaker in the page have in common, seen from Node. */
export abstract class PageDevice {
  readonly #send: (command: DeviceCommand) => void;
  readonly #opened = deferred<undefined>();
  readonly #givenBack = deferred<undefined>();
  #hasEnded = false;
  #closing: Promise<void> | undefined;

  /** @param send sends to the page side */
  constructor(send: (command: DeviceCommand) => void) {
    this.#send = send;
  }

  /** Fulfilled when the device runs; rejected if it does not open. */
  get opened(): Promise<undefined> {
    return this.#opened.promise;
  }

  /** Call when the page has opened the device. */
  open(): void {
    this.#opened.resolve(undefined);
  }

  /** Call when the page has released the device, or is gone. */
  end(error?: Error): void {
    this.#givenBack.resolve(undefined);
    this.#finish(error);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  protected get hasEnded(): boolean {
    return this.#hasEnded;
  }

  protected command(command: DeviceCommand): void {
    if (!this.#hasEnded) this.#send(command);
  }

  /** Called once, when the device is closed or, with an error, lost. */
  protected abstract onEnd(error: Error | undefined): void;

  #finish(error: Error | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.onEnd(error);
    if (error !== undefined) this.#opened.reject(error);
  }

  async #close(): Promise<void> {
    const wasRunning = !this.#hasEnded;
    this.#finish(undefined);
    if (!wasRunning) return;
    this.#send({ kind: 'close' });
    // A hanging page must not block the app from closing.
    const limit = setTimeout(() => this.#givenBack.resolve(undefined), CLOSE_LIMIT);
    await this.#givenBack.promise;
    clearTimeout(limit);
  }
}
