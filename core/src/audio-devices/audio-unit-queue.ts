import type { AudioUnit } from '../contracts/audio.js';
import { AsyncQueue } from '../util/async-queue.js';
import { opusFormat } from '../wire/index.js';

/** The most sound that waits for a slow consumer, ms: older sound is of no use in a call. */
export const MAX_BACKLOG_MS = 200;

/** The length of a unit, ms. */
export function durationOf({ samples }: Pick<AudioUnit, 'samples'>): number {
  return (samples * 1000) / opusFormat.sampleRate;
}

/** Units on their way to their one consumer: at most `MAX_BACKLOG_MS` wait, the newest. */
export class AudioUnitQueue implements AsyncIterable<AudioUnit> {
  readonly #units = new AsyncQueue<AudioUnit>();

  put(unit: AudioUnit): void {
    this.#units.put(unit);
    const end = unit.capturedAt + durationOf(unit);
    this.#units.dropWhile((oldest) => end - oldest.capturedAt > MAX_BACKLOG_MS + ROUNDING);
  }

  /**
   * Puts silence in the place of the voice that waits, so that muting takes effect at once and does
   * not show as a gap.
   */
  mute(silence: (samples: number) => Uint8Array): void {
    this.#units.replaceEach((unit) =>
      unit.muted ? unit : { ...unit, data: silence(unit.samples), muted: true, level: 0 },
    );
  }

  /** Ends the iteration at once; with an error it throws that. The first end counts. */
  end(error?: Error): void {
    this.#units.end(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioUnit> {
    return this.#units[Symbol.asyncIterator]();
  }
}

/** Milliseconds since 1970 have fractions of about 0.0002 ms. */
const ROUNDING = 0.01;
