import type { NumberedVideoUnit, VideoKind } from '@roomkey/core/wire';
import type { PageUnit } from '../messages/index.js';
import { BinaryKind } from '../messages/binary.js';
import type { Client } from './client/index.js';

type Consumer<T> = (value: T) => void;

/** Brings units and streams from the client to the tile that shows them. */
export class MediaRouter {
  readonly #client: Pick<Client, 'takeUnit'>;
  readonly #consumers = new Map<string, Consumer<NumberedVideoUnit>>();
  readonly #streams = new Map<VideoKind, MediaStream | undefined>();
  readonly #streamConsumers = new Map<VideoKind, Consumer<MediaStream | undefined>>();

  constructor(client: Pick<Client, 'onUnit' | 'onPreviewStream' | 'takeUnit'>) {
    this.#client = client;
    client.onUnit((unit) => this.#route(unit));
    client.onPreviewStream((track, stream) => {
      this.#streams.set(track, stream);
      this.#streamConsumers.get(track)?.(stream);
    });
  }

  /** Has the units of a participant's track given to `consumer`. Returns how to end that. */
  showRemote(track: VideoKind, consumer: Consumer<NumberedVideoUnit>): () => void {
    return this.#show(BinaryKind.remote, track, consumer);
  }

  /** Has the units of an own track given to `consumer`, where its source is one of Node's. */
  showPreview(track: VideoKind, consumer: Consumer<NumberedVideoUnit>): () => void {
    return this.#show(BinaryKind.preview, track, consumer);
  }

  /** Has what the own camera or screen sees given to `consumer`, at once and when it changes. */
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
    // Nothing shows it: its sender need not wait.
    else if (kind === BinaryKind.remote) this.#client.takeUnit(track, unit.number);
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
