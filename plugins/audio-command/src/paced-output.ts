import {
  AudioPlayer,
  checkVolume,
  deferred,
  samplesPerUnit,
  type AudioDecoder,
  type AudioOutput,
  type AudioOutputStatistics,
  type NumberedAudioUnit,
  type PacerClock,
} from '@roomkey/core';
import type { Freed } from './opus.js';
import { everyInterval } from './paced-loop.js';
import { toPcm } from './pcm.js';
import type { SoundSink } from './sound-sink.js';

/** How much is played at a time, ms: no more than a unit. */
const BLOCK_MS = 10;

/** What a `PacedOutput` needs. */
export interface PacedOutputOptions {
  readonly sink: SoundSink;
  readonly decoder: AudioDecoder & Freed;
  readonly clock: PacerClock;
}

/** Plays to a sink at the pace of the clock, whatever the sink does. */
export class PacedOutput implements AudioOutput {
  readonly #options: PacedOutputOptions;
  readonly #player: AudioPlayer;
  readonly #lost = deferred<Error>();
  readonly lost = this.#lost.promise;
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;
  #volume = 1;
  #closed: Promise<void> | undefined;

  constructor(options: PacedOutputOptions) {
    this.#options = options;
    const { sink, decoder, clock } = options;
    this.#player = new AudioPlayer(decoder, () => clock.now());
    this.#ended = this.#run();
    void sink.failed.then((error) => {
      if (this.#closed === undefined) this.#lost.resolve(error);
      this.#ending.abort();
    });
  }

  get statistics(): AudioOutputStatistics {
    return this.#player.statistics;
  }

  play(unit: NumberedAudioUnit): void {
    if (!this.#ending.signal.aborted) this.#player.play(unit);
  }

  setVolume(volume: number): void {
    checkVolume(volume);
    this.#volume = volume;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#ending.abort();
    await this.#ended;
    this.#options.decoder.free();
    await this.#options.sink.close();
  }

  #run(): Promise<void> {
    const { sink, clock } = this.#options;
    const block = new Float32Array(samplesPerUnit(BLOCK_MS));
    return everyInterval(clock, BLOCK_MS, this.#ending.signal, () => {
      this.#player.pull(block);
      sink.write(toPcm(block, this.#volume));
    });
  }
}
