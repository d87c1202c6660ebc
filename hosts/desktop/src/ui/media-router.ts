import type { NumberedVideoUnit, VideoKind } from '@roomkey/core/wire';
import type { PageUnit } from '../messages/index.js';
import { BinaryKind } from '../messages/binary.js';
import type { Client } from './client/index.js';

type Consumer<T> = (value: T) => void;

/** Passes units and streams from the client to the tile that shows them. */
export class MediaRouter {
  readonly #client: Pick<Client, 'consumeUnit'>;
  readonly #consumers = new Map<string, Consumer<NumberedVideoUnit>>();
  readonly #streams = new Map<VideoKind, MediaStream | undefined>();
  readonly #streamConsumers = new Map<VideoKind, Consumer<MediaStream | undefined>>();

  constructor(client: Pick<Client, 'onUnit' | 'onPreviewStream' | 'consumeUnit'>) {
    this.#client = client;
    client.onUnit((unit) => this.#route(unit));
    client.onPreviewStream((track, stream) => {
      this.#streams.set(track, stream);
      this.#streamConsumers.get(track)?.(stream);
    });
  }

  /** Passes the units of a participant's track to `consumer`. @returns a function that ends this */
  showRemote(track: VideoKind, consumer: Consumer<NumberedVideoUnit>): () => void {
    return this.#show(BinaryKind.remote, track, consumer);
  }

  /** Passes the units of an own track to `consumer`, if its source runs in Node.js. */
  showPreview(track: VideoKind, consumer: Consumer<NumberedVideoUnit>): () => void {
    return this.#show(BinaryKind.preview, track, consumer);
  }

  /** Passes the stream of the own camera or screen to `consumer`, at once and when it changes. */
  showStream(track: VideoKind, consumer: Consumer<MediaStream | undefined>): () => void {
    this.#streamConsumers.set(track, consumer);
    consumer(this.#streams.get(track));
    return () => {
      if (this.#streamConsumers.get(track) === consumer) this.#streamConsumers.delete(track);
    };
  }

  #route({ kind, track, unit }: PageUnit): void {
    const consumer = this.#consumers.get(`${kind} ${track}`);
    if (consumer !== undefined) consumer(unit);
    // No tile shows it, so its sender need not wait.
    else if (kind === BinaryKind.remote) this.#client.consumeUnit(track, unit.number);
  }

  #show(
    kind: PageUnit['kind'],
    track: VideoKind,
    consumer: Consumer<NumberedVideoUnit>,
  ): () => void {
    const key = `${kind} ${track}`;
    this.#consumers.set(key, consumer);
    return () => {
      if (this.#consumers.get(key) === consumer) this.#consumers.delete(key);
    };
  }
}
