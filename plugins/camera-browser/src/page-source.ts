import {
  checkQuality,
  deferred,
  type Deferred,
  type FrameSource,
  type OnDemandEncoding,
  type VideoCodec,
  type VideoFrame,
} from '@roomkey/core';
import type { ToSource } from './page/messages.js';

type SourceMessage = ToSource extends infer M
  ? M extends ToSource
    ? Omit<M, 'source'>
    : never
  : never;

/** Limit for the page to confirm a close, ms. */
const CLOSE_LIMIT = 2000;

/** A device that is open in the page, as seen from Node.js. Each `next()` requests one frame. */
export class PageSource implements FrameSource {
  readonly onDemand: OnDemandEncoding;
  readonly #send: (command: SourceMessage) => void;
  readonly #opened = deferred<undefined>();
  readonly #givenBack = deferred<undefined>();
  readonly #lost = deferred<Error>();
  #want: Deferred<VideoFrame | undefined> | undefined;
  #end: { readonly error: Error | undefined } | undefined;
  #codecs: readonly VideoCodec[] = ['jpeg'];
  #needsKey = true;
  #closing: Promise<void> | undefined;

  /** @param send sends a message to the page module */
  constructor(send: (command: SourceMessage) => void) {
    this.#send = send;
    this.onDemand = {
      lost: this.#lost.promise,
      setCodecs: (codecs) => {
        this.#codecs = codecs;
        this.#needsKey = true;
        this.#send({ kind: 'codecs', codecs });
      },
      requestKeyFrame: () => {
        this.#needsKey = true;
        this.#send({ kind: 'key' });
      },
    };
  }

  /** Fulfilled when the first image is there; rejected if the device does not open. */
  get opened(): Promise<undefined> {
    return this.#opened.promise;
  }

  /** Call when the page has its first image. */
  open(): void {
    this.#opened.resolve(undefined);
  }

  /** Handles a frame from the page; drops it if none was requested. */
  deliver(frame: VideoFrame): void {
    const want = this.#want;
    if (want === undefined) return;
    // It may have been encoded before the page knew the codecs or the request for a key frame.
    const isKey = frame.codec === 'jpeg' || frame.isKey;
    if (!this.#codecs.includes(frame.codec) || (this.#needsKey && !isKey)) {
      this.#send({ kind: 'want' });
      return;
    }
    this.#needsKey = false;
    this.#want = undefined;
    want.resolve(frame);
  }

  /** Call when the page has released the device, or is gone. */
  end(error?: Error): void {
    this.#givenBack.resolve(undefined);
    this.#finish(error);
  }

  setQuality(quality: number): void {
    checkQuality(quality);
    this.#send({ kind: 'quality', quality });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<VideoFrame, void, undefined> {
    for (;;) {
      const frame = await this.#next();
      if (frame === undefined) return;
      yield frame;
    }
  }

  async #next(): Promise<VideoFrame | undefined> {
    if (this.#end?.error !== undefined) throw this.#end.error;
    if (this.#end !== undefined) return undefined;
    if (this.#want === undefined) {
      this.#want = deferred();
      this.#send({ kind: 'want' });
    }
    return this.#want.promise;
  }

  #finish(error: Error | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (error === undefined) {
      this.#want?.resolve(undefined);
    } else {
      this.#lost.resolve(error);
      this.#opened.reject(error);
      this.#want?.reject(error);
    }
  }

  async #close(): Promise<void> {
    const running = this.#end === undefined;
    this.#finish(undefined);
    if (!running) return;
    this.#send({ kind: 'close' });
    // A hanging page must not block the app from closing.
    const limit = setTimeout(() => this.#givenBack.resolve(undefined), CLOSE_LIMIT);
    await this.#givenBack.promise;
    clearTimeout(limit);
  }
}
