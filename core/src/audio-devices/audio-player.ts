import { JitterBuffer } from '../audio/index.js';
import { captureTime } from '../camera/capture-time.js';
import type { AudioOutputStatistics, NumberedAudioUnit } from '../contracts/audio.js';
import { rmsOf } from './rms.js';

/** Decodes sound; for `opusFormat`, except in tests. */
export interface AudioDecoder {
  /** @returns −1…1 at 48 kHz. @throws for what is no packet */
  decode(packet: Uint8Array): Float32Array;
}

/** The largest Opus packet of one frame, bytes (RFC 6716, section 3.2.1). */
const MAX_PACKET_BYTES = 1275;
/** Later capture times, ms, have no exact microseconds. */
const MAX_CAPTURE_TIME = Number.MAX_SAFE_INTEGER / 1000;

/** Decodes units as they arrive, and gives their sound to a loudspeaker that asks for it. */
export class AudioPlayer {
  readonly #decoder: AudioDecoder;
  readonly #now: () => number;
  readonly #buffer = new JitterBuffer();
  #stream = 0;
  #level = 0;

  /** @param now a clock, ms; default: `captureTime` */
  constructor(decoder: AudioDecoder, now: () => number = captureTime) {
    this.#decoder = decoder;
    this.#now = now;
  }

  get statistics(): AudioOutputStatistics {
    const { depthMs, targetMs, playedSamples, concealedSamples, underruns, late } =
      this.#buffer.gauges;
    const level = this.#level;
    return {
      depthMs,
      targetMs,
      playedSamples,
      concealedSamples,
      lateUnits: late,
      underruns,
      level,
    };
  }

  /** Takes a unit as it arrives. One that makes no sense counts as lost. */
  play(unit: NumberedAudioUnit): void {
    const { stream = 0, number, capturedAt, data, samples: expected, muted } = unit;
    if (stream !== this.#stream) {
      this.#stream = stream;
      this.#buffer.restart();
    }
    if (!(capturedAt >= 0 && capturedAt <= MAX_CAPTURE_TIME)) return;
    if (data.length > MAX_PACKET_BYTES) return;
    try {
      // A muted unit is decoded too, so that the decoder knows what came before the next one.
      const samples = this.#decoder.decode(data);
      if (samples.length !== expected) return;
      if (muted) samples.fill(0);
      const mediaTimeUs = capturedAt * 1000;
      this.#buffer.push({ number, mediaTimeUs, samples, arrivalMs: this.#now() });
    } catch {
      // A peer wrote it: no packet, or not of the length of those before.
    }
  }

  /** Fills `block` with the next samples to be played. */
  pull(block: Float32Array): void {
    this.#buffer.pull(block);
    this.#level = rmsOf(block);
  }
}
