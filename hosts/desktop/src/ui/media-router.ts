import type { PageFrame } from '../messages/index.js';
import { BinaryKind } from '../messages/binary.js';
import type { Client } from './client/index.js';

type Consumer<T> = (value: T) => void;

/** Brings pictures from the client to whatever shows them at the moment. */
export class MediaRouter {
  readonly #consumers = new Map<PageFrame['kind'], Consumer<PageFrame>>();
  #stream: MediaStream | undefined;
  #onStream: Consumer<MediaStream | undefined> = () => undefined;

  constructor(client: Pick<Client, 'onFrame' | 'onPreviewStream'>) {
    client.onFrame((frame) => this.#consumers.get(frame.kind)?.(frame));
    client.onPreviewStream((stream) => {
      this.#stream = stream;
      this.#onStream(stream);
    });
  }

  /** Has the partner's pictures given to `consumer`. Returns how to end that. */
  showRemote(consumer: Consumer<PageFrame>): () => void {
    return this.#show(BinaryKind.remote, consumer);
  }

  /** Has the pictures of the own camera given to `consumer`, where it is one of Node's. */
  showPreview(consumer: Consumer<PageFrame>): () => void {
    return this.#show(BinaryKind.preview, consumer);
  }

  /** Has what the own camera sees given to `consumer`, at once and when it changes. */
  showStream(consumer: Consumer<MediaStream | undefined>): () => void {
    this.#onStream = consumer;
    consumer(this.#stream);
    return () => {
      if (this.#onStream === consumer) this.#onStream = () => undefined;
    };
  }

  #show(kind: PageFrame['kind'], consumer: Consumer<PageFrame>): () => void {
    this.#consumers.set(kind, consumer);
    return () => {
      if (this.#consumers.get(kind) === consumer) this.#consumers.delete(kind);
    };
  }
}
