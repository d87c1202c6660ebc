import {
  AsyncQueue,
  checkQuality,
  deferred,
  type CreditedEncoding,
  type VideoCodec,
  type VideoSource,
  type VideoUnit,
} from '@roomkey/core';
import type { SourceCommand } from './messages.js';

/** Limit for the page to confirm a close, ms. */
const CLOSE_LIMIT = 2000;

/** A device that is open in the page, seen from Node. The page holds the credit and encodes on it. */
export class PageSource implements VideoSource {
  readonly encoding: CreditedEncoding;
  readonly #send: (command: SourceCommand | { readonly kind: 'close' }) => void;
  readonly #units = new AsyncQueue<VideoUnit>();
  readonly #opened = deferred<undefined>();
  readonly #givenBack = deferred<undefined>();
  readonly #lost = deferred<Error>();
  #hasEnded = false;
  #closing: Promise<void> | undefined;
  /** Counts receivers: units for the previous one may still be in flight. */
  #generation = 0;
  #codecs: readonly VideoCodec[] = [];
  /** The number of units that the page may still send. */
  #credit = 0;
  #needsKey = true;

  /** @param send sends to the page side */
  constructor(send: (command: SourceCommand | { readonly kind: 'close' }) => void) {
    this.#send = send;
    this.encoding = {
      lost: this.#lost.promise,
      setCodecs: (codecs) => this.#setReceiver(codecs),
      grant: (units) => this.#grant(units),
      requestKeyUnit: () => {
        this.#needsKey = true;
        this.#command({ kind: 'key-unit' });
      },
    };
  }

  /** Fulfilled when the first image has arrived; rejected if the device does not open. */
  get opened(): Promise<undefined> {
    return this.#opened.promise;
  }

  /** Call when the page has its first image. */
  open(): void {
    this.#opened.resolve(undefined);
  }

  /**
   * Handles a unit of the page; drops one for a previous receiver.
   *
   * @throws RangeError for a unit beyond the credit
   */
  deliver(unit: VideoUnit, generation: number): void {
    if (generation !== this.#generation) return;
    if (this.#credit === 0) throw new RangeError('a unit without credit');
    if (!this.#codecs.includes(unit.codec)) throw new RangeError(`a unit in ${unit.codec}`);
    this.#credit -= 1;
    this.#units.put(unit);
  }

  /** Call when the page has released the device, or is gone. */
  end(error?: Error): void {
    this.#givenBack.resolve(undefined);
    this.#finish(error);
  }

  setQuality(quality: number): void {
    checkQuality(quality);
    this.#command({ kind: 'quality', quality });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoUnit, void, undefined> {
    for await (const unit of this.#units) {
      if (this.#needsKey && !unit.isKey) {
        // It was encoded before the request arrived; its receiver could not decode it.
        this.#grant(1);
        continue;
      }
      this.#needsKey = false;
      yield unit;
    }
  }

  #setReceiver(codecs: readonly VideoCodec[]): void {
    this.#generation += 1;
    this.#codecs = codecs;
    this.#credit = 0;
    this.#needsKey = true;
    this.#units.clear();
    this.#command({ kind: 'receiver', generation: this.#generation, codecs });
  }

  #grant(units: number): void {
    this.#credit += units;
    this.#command({ kind: 'credit', units });
  }

  #command(command: SourceCommand): void {
    if (!this.#hasEnded) this.#send(command);
  }

  #finish(error: Error | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#units.end(error);
    if (error === undefined) return;
    this.#lost.resolve(error);
    this.#opened.reject(error);
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
