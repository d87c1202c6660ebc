import { opusFormat } from '@roomkey/core/wire';
import { Resampler } from './resampler.js';

/** Sound of one rate and channel. */
export interface MonoSound {
  readonly samples: Float32Array;
  /** When the first of them was captured, on the clock of the input; ms. */
  readonly startsAt: number;
}

/**
 * Converts a track's sound to one rate, by default 48 kHz, and one channel. With processing off, Chromium delivers what the
 * device has, such as 44.1 kHz in stereo, whatever was asked for; and another device may take over.
 */
export class MonoConverter {
  readonly #toRate: number;
  #rate: number;
  #resampler: Resampler | undefined;

  constructor(toRate: number = opusFormat.sampleRate) {
    this.#toRate = toRate;
    this.#rate = toRate;
  }

  /** @param startsAt when its first sample was captured, ms */
  convert(data: AudioData, startsAt: number): MonoSound {
    const samples = mix(data);
    if (data.sampleRate !== this.#rate) {
      this.#rate = data.sampleRate;
      this.#resampler =
        this.#rate === this.#toRate ? undefined : new Resampler(this.#rate, this.#toRate);
    }
    if (this.#resampler === undefined) return { samples, startsAt };
    const delay = (this.#resampler.delay * 1000) / this.#rate;
    return { samples: this.#resampler.process(samples), startsAt: startsAt - delay };
  }
}

/** The mean of the channels. */
function mix(data: AudioData): Float32Array {
  const { numberOfFrames, numberOfChannels } = data;
  const samples = new Float32Array(numberOfFrames);
  data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
  if (numberOfChannels === 1) return samples;
  const other = new Float32Array(numberOfFrames);
  for (let planeIndex = 1; planeIndex < numberOfChannels; planeIndex += 1) {
    data.copyTo(other, { planeIndex, format: 'f32-planar' });
    for (const [i, sample] of other.entries()) samples[i] = (samples[i] ?? 0) + sample;
  }
  for (const [i, sum] of samples.entries()) samples[i] = sum / numberOfChannels;
  return samples;
}
