import type { PageFrame } from '../messages/index.js';
import { BinaryKind } from '../messages/binary.js';
import type { Client } from './client/index.js';

type Take<T> = (value: T) => void;

/** Brings pictures from the client to whatever shows them at the moment. */
export class Pictures {
  readonly #takers = new Map<PageFrame['kind'], Take<PageFrame>>();
  #stream: MediaStream | undefined;
  #onStream: Take<MediaStream | undefined> = () => undefined;

  constructor(client: Pick<Client, 'onFrame' | 'onPreviewStream'>) {
    client.onFrame((frame) => this.#takers.get(frame.kind)?.(frame));
    client.onPreviewStream((stream) => {
      this.#stream = stream;
      this.#onStream(stream);
    });
  }

  /** Has the partner's pictures given to `take`. Returns how to end that. */
  showRemote(take: Take<PageFrame>): () => void {
    return this.#show(BinaryKind.remote, take);
  }

  /** Has the pictures of the own camera given to `take`, where it is one of Node's. */
  showPreview(take: Take<PageFrame>): () => void {
    return this.#show(BinaryKind.preview, take);
  }

  /** Has what the own camera sees given to `take`, at once and when it changes. */
  showStream(take: Take<MediaStream | undefined>): () => void {
    this.#onStream = take;
    take(this.#stream);
    return () => {
      if (this.#onStream === take) this.#onStream = () => undefined;
    };
  }

  #show(kind: PageFrame['kind'], take: Take<PageFrame>): () => void {
    this.#takers.set(kind, take);
    return () => {
      if (this.#takers.get(kind) === take) this.#takers.delete(kind);
    };
  }
}
