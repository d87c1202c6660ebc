import { samplesPerUnit, SerialQueue, type PacerClock } from '@roomkey/core';
import { everyInterval } from './paced-loop.js';
import { toPcm } from './pcm.js';
import type { SoundSink } from './sound-sink.js';

/** How much is played at a time, ms: no more than a unit. */
const BLOCK_MS = 10;

/** One of the sounds that are mixed. */
export interface MixedSound {
  /** Adds its next samples to the block. */
  addTo(block: Float32Array): void;
}

/**
 * Plays the sum of several sounds to one sink, at the pace of the clock, whatever the sink does. It closes
 * the sink with the last of them, or when that takes no more.
 */
export class Mixer {
  readonly #sink: SoundSink;
  readonly #clock: PacerClock;
  readonly #sounds = new Set<MixedSound>();
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(sink: SoundSink, clock: PacerClock) {
    this.#sink = sink;
    this.#clock = clock;
    this.#ended = this.#run();
    void sink.failed.then(() => this.#close());
  }

  get failed(): SoundSink['failed'] {
    return this.#sink.failed;
  }

  /** Resolves when the sink is closed; undefined while it plays. */
  get closed(): Promise<void> | undefined {
    return this.#closed;
  }

  add(sound: MixedSound): void {
    this.#sounds.add(sound);
  }

  /** Resolves when the sink is closed, where this was the last sound. */
  async remove(sound: MixedSound): Promise<void> {
    this.#sounds.delete(sound);
    if (this.#sounds.size === 0) await this.#close();
  }

  #close(): Promise<void> {
    return (this.#closed ??= (async () => {
      this.#ending.abort();
      await this.#ended;
      await this.#sink.close();
    })());
  }

  #run(): Promise<void> {
    const block = new Float32Array(samplesPerUnit(BLOCK_MS));
    return everyInterval(this.#clock, BLOCK_MS, this.#ending.signal, () => {
      block.fill(0);
      for (const sound of this.#sounds) sound.addTo(block);
      this.#sink.write(toPcm(block));
    });
  }
}

/** A device for output, which is open once however many sounds it plays. */
export class SharedSink {
  readonly #clock: PacerClock;
  readonly #openings = new SerialQueue();
  #mixer: Mixer | undefined;

  constructor(clock: PacerClock) {
    this.#clock = clock;
  }

  /**
   * @param open opens the device, unless it is open
   * @param join adds a sound to the mixer; at once, because that closes without one
   * @throws as `open`; the signal's reason
   */
  use<T>(
    open: () => Promise<SoundSink>,
    join: (mixer: Mixer) => T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return this.#openings.run(async () => {
      // A file must be whole before it is written again.
      await this.#mixer?.closed;
      signal?.throwIfAborted();
      if (this.#mixer === undefined || this.#mixer.closed !== undefined) {
        this.#mixer = new Mixer(await open(), this.#clock);
      }
      return join(this.#mixer);
    });
  }
}
