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

/** How long a page may take to say that it gave the device back, in ms. */
const CLOSE_LIMIT = 2000;

/** A device that is open in the page, seen from Node: every `next()` is one want and one frame. */
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

  /** @param send sends to the page's half */
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

  /** Fulfilled when the first picture can be had; rejects where there will be none. */
  get opened(): Promise<undefined> {
    return this.#opened.promise;
  }

  /** The page has a picture. */
  open(): void {
    this.#opened.resolve(undefined);
  }

  /** A frame that the page sent; one that nobody wants is dropped. */
  deliver(frame: VideoFrame): void {
    const want = this.#want;
    if (want === undefined) return;
    // It may have been encoded before the page heard of another receiver, or of its request.
    const isKey = frame.codec === 'jpeg' || frame.isKey;
    if (!this.#codecs.includes(frame.codec) || (this.#needsKey && !isKey)) {
      this.#send({ kind: 'want' });
      return;
    }
    this.#needsKey = false;
    this.#want = undefined;
    want.resolve(frame);
  }

  /** The page has given the device back, or is gone. */
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
    // A page that hangs must not keep the app from closing.
    const limit = setTimeout(() => this.#givenBack.resolve(undefined), CLOSE_LIMIT);
    await this.#givenBack.promise;
    clearTimeout(limit);
  }
}
