import { captureTime } from '../camera/capture-time.js';
import type { AudioUnit } from '../contracts/audio.js';
import { AudioUnitQueue } from './audio-unit-queue.js';
import { rmsOf } from './rms.js';

/** Encodes sound; for `opusFormat`, except in tests. */
export interface AudioEncoder {
  /** @param samples 480 or 960, −1…1 */
  encode(samples: Float32Array): Uint8Array;
  /**
   * A packet of silence. Nothing of what was encoded before is in it, nor in any packet to come: an
   * encoder gives the last milliseconds of its input only with the next packet.
   */
  encodeSilence(samples: number): Uint8Array;
}

/** Makes units of captured samples: mutes, measures and encodes them, for one consumer. */
export class AudioCapture implements AsyncIterable<AudioUnit> {
  readonly #encoder: AudioEncoder;
  readonly #now: () => number;
  readonly #units = new AudioUnitQueue();
  #isMuted = false;
  #isEnded = false;
  /** What was captured before this time, and not sent yet, is silent: the person was muted. */
  #voiceFrom = -Infinity;

  /** @param now the clock of `capturedAt`; default: `captureTime` */
  constructor(encoder: AudioEncoder, now: () => number = captureTime) {
    this.#encoder = encoder;
    this.#now = now;
  }

  /**
   * Takes the samples of one unit.
   *
   * @param capturedAt the time of the first of them
   */
  put(samples: Float32Array, capturedAt: number): void {
    if (this.#isEnded) return;
    const muted = this.#isMuted || capturedAt < this.#voiceFrom;
    this.#units.put({
      data: muted ? this.#encoder.encodeSilence(samples.length) : this.#encoder.encode(samples),
      capturedAt,
      samples: samples.length,
      muted,
      level: muted ? 0 : rmsOf(samples),
    });
  }

  setMuted(muted: boolean): void {
    if (muted === this.#isMuted || this.#isEnded) return;
    this.#isMuted = muted;
    if (muted) this.#units.mute((samples) => this.#encoder.encodeSilence(samples));
    else this.#voiceFrom = this.#now();
  }

  /** Ends the iteration at once; with an error it throws that. The first end counts. */
  end(error?: Error): void {
    this.#isEnded = true;
    this.#units.end(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioUnit> {
    return this.#units[Symbol.asyncIterator]();
  }
}
