import type { BytesUnit } from '@roomkey/core/wire';
import { opusFormat } from '@roomkey/core/wire';
import type { UnitPrefix } from '../messages.js';
import { opusSamples } from './opus-packet.js';

/** A unit, as it came from Node. */
export type ReceivedUnit = BytesUnit & Pick<UnitPrefix, 'generation' | 'samples' | 'muted'>;

/** A unit's sound, 48 kHz, one channel. */
export interface DecodedSound {
  readonly stream: number;
  readonly number: number;
  /** ms since 1970 by the sender's clock. */
  readonly capturedAt: number;
  readonly samples: Float32Array<ArrayBuffer>;
}

/** The units that are in the decoder at the most; more means that it lost some. */
const MAX_PENDING = 50;

/**
 * Decodes units by WebCodecs, in the order in which they come. A peer wrote them: what is no packet of
 * the right length counts as missing, and a decoder that fails is replaced.
 */
export class UnitDecoder {
  readonly #onSound: (sound: DecodedSound) => void;
  #decoder: AudioDecoder | undefined;
  #pending: ReceivedUnit[] = [];

  constructor(onSound: (sound: DecodedSound) => void) {
    this.#onSound = onSound;
  }

  decode(unit: ReceivedUnit): void {
    // A packet of another length would give the sound of several units, or none.
    if (opusSamples(unit.data) !== unit.samples) return;
    if (this.#pending.length >= MAX_PENDING) this.close();
    try {
      this.#decoder ??= this.#open();
      this.#pending.push(unit);
      // No more than a label: the decoder counts on from the first one.
      this.#decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: 0, data: unit.data }));
    } catch {
      // It failed meanwhile; the next unit gets a new one.
      this.close();
    }
  }

  close(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#pending = [];
    if (decoder !== undefined && decoder.state !== 'closed') decoder.close();
  }

  #open(): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => {
        if (decoder === this.#decoder) this.#onData(data);
        data.close();
      },
      error: () => {
        if (decoder === this.#decoder) this.close();
      },
    });
    decoder.configure({
      codec: 'opus',
      sampleRate: opusFormat.sampleRate,
      numberOfChannels: opusFormat.channels,
    });
    return decoder;
  }

  #onData(data: AudioData): void {
    const unit = this.#pending.shift();
    if (unit === undefined) return;
    const { generation: stream, number, capturedAt, samples: length, muted } = unit;
    if (data.numberOfFrames !== length || data.sampleRate !== opusFormat.sampleRate) {
      // The sound of another unit, or in part: nothing tells which belongs to which any more.
      this.close();
      return;
    }
    const samples = new Float32Array(length);
    // A muted unit is decoded too, so that the decoder knows what came before the next one.
    if (!muted) {
      data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      limit(samples);
    }
    this.#onSound({ stream, number, capturedAt, samples });
  }
}

/** Decoders make samples of a thousand and more of bits that mean nothing, which would hurt. */
function limit(samples: Float32Array): void {
  for (const [i, sample] of samples.entries()) {
    if (!(Math.abs(sample) <= 1)) samples[i] = sample > 0 ? 1 : sample < 0 ? -1 : 0;
  }
}
