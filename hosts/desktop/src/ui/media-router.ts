import type { PageFrame } from '../messages/index.js';
import { BinaryKind } from '../messages/binary.js';
import type { Client } from './client/index.js';

type Consumer<T> = (value: T) => void;

/** Routes frames and streams from the client to the components that show them. */
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

  /** Gives the partner's frames to `consumer`. @returns unsubscribes */
  showRemote(consumer: Consumer<PageFrame>): () => void {
    return this.#show(BinaryKind.remote, consumer);
  }

  /** Gives frames of a local camera in Node.js to `consumer`. @returns unsubscribes */
  showPreview(consumer: Consumer<PageFrame>): () => void {
    return this.#show(BinaryKind.preview, consumer);
  }

  /**
   * Gives the stream of a browser camera to `consumer`, at once and on changes. @returns
   * unsubscribes
   */
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
