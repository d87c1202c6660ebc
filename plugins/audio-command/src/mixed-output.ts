import {
  AudioPlayer,
  checkVolume,
  deferred,
  type AudioDecoder,
  type AudioOutput,
  type AudioOutputStatistics,
  type NumberedAudioUnit,
  type PacerClock,
} from '@roomkey/core';
import type { MixedSound, Mixer } from './mixer.js';
import type { Freed } from './opus.js';

/** What a `MixedOutput` needs. */
export interface MixedOutputOptions {
  readonly mixer: Mixer;
  readonly decoder: AudioDecoder & Freed;
  readonly clock: PacerClock;
}

/** One of the outputs of a device. */
export class MixedOutput implements AudioOutput, MixedSound {
  readonly #options: MixedOutputOptions;
  readonly #player: AudioPlayer;
  readonly #lost = deferred<Error>();
  readonly lost = this.#lost.promise;
  #samples = new Float32Array();
  #isPlaying = true;
  #volume = 1;
  #closed: Promise<void> | undefined;

  constructor(options: MixedOutputOptions) {
    this.#options = options;
    const { mixer, decoder, clock } = options;
    this.#player = new AudioPlayer(decoder, () => clock.now());
    mixer.add(this);
    void mixer.failed.then((error) => {
      if (this.#closed === undefined) this.#lost.resolve(error);
      this.#isPlaying = false;
    });
  }

  get statistics(): AudioOutputStatistics {
    return this.#player.statistics;
  }

  play(unit: NumberedAudioUnit): void {
    if (this.#isPlaying) this.#player.play(unit);
  }

  setVolume(volume: number): void {
    checkVolume(volume);
    this.#volume = volume;
  }

  addTo(block: Float32Array): void {
    if (this.#samples.length !== block.length) this.#samples = new Float32Array(block.length);
    this.#player.pull(this.#samples);
    for (const [index, sample] of this.#samples.entries()) {
      block[index] = (block[index] ?? 0) + sample * this.#volume;
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#isPlaying = false;
    const removed = this.#options.mixer.remove(this);
    this.#options.decoder.free();
    await removed;
  }
}
