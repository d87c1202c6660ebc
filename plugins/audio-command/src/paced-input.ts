import {
  AudioCapture,
  RoomkeyError,
  samplesPerUnit,
  systemReason,
  type AudioEncoder,
  type AudioInput,
  type AudioUnit,
  type AudioUnitMs,
  type PacerClock,
} from '@roomkey/core';
import type { Freed } from './opus.js';
import { everyInterval } from './paced-loop.js';
import type { SoundSource } from './sound-source.js';

/** What a `PacedInput` needs. */
export interface PacedInputOptions {
  readonly source: SoundSource;
  readonly encoder: AudioEncoder & Freed;
  readonly unitMs: AudioUnitMs;
  readonly clock: PacerClock;
}

/** A source that has no pace of its own: a file, a tone, silence. */
export class PacedInput implements AudioInput {
  readonly #capture: AudioCapture;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;

  constructor(options: PacedInputOptions) {
    this.#capture = new AudioCapture(options.encoder, () => options.clock.now());
    this.#ended = this.#run(options);
  }

  setMuted(muted: boolean): void {
    this.#capture.setMuted(muted);
  }

  async close(): Promise<void> {
    this.#capture.end();
    this.#closing.abort();
    await this.#ended;
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioUnit> {
    return this.#capture[Symbol.asyncIterator]();
  }

  async #run({ source, encoder, unitMs, clock }: PacedInputOptions): Promise<void> {
    const samples = new Float32Array(samplesPerUnit(unitMs));
    try {
      await everyInterval(clock, unitMs, this.#closing.signal, async (capturedAt) => {
        await source.read(samples, capturedAt);
        this.#capture.put(samples, capturedAt);
      });
    } catch (cause) {
      this.#capture.end(
        new RoomkeyError(
          'RK_AUDIO_LOST',
          `The sound can no longer be read: ${systemReason(cause)}. Choose the microphone again.`,
          { cause },
        ),
      );
    } finally {
      encoder.free();
      await source.close();
    }
  }
}
