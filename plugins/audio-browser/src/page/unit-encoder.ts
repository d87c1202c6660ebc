import {
  opusFormat,
  opusPacketBytes,
  samplesPerUnit,
  silentPacket,
  type AudioUnitMs,
} from '@roomkey/core/wire';
import type { CapturedBlock } from './unit-framer.js';

/** The most sound that waits for the encoder, ms. */
const MAX_WAITING_MS = 200;

/** A unit without its place in its stream. */
export interface EncodedBlock {
  readonly data: Uint8Array;
  readonly capturedAt: number;
  readonly muted: boolean;
  readonly level: number;
}

/** What a block was before it was encoded. */
interface PendingBlock {
  readonly capturedAt: number;
  readonly level: number;
}

/** Fields that TypeScript's DOM types lack (W3C WebCodecs, Opus registration). */
interface VoiceEncoderConfig extends OpusEncoderConfig {
  readonly application: 'voip';
  readonly signal: 'voice';
}

/**
 * Encodes blocks by WebCodecs, one packet each and in order. Muted blocks never reach the encoder, and
 * muting replaces it: it would give the last milliseconds of its input with its next packet.
 */
export class UnitEncoder {
  readonly #unitMs: AudioUnitMs;
  readonly #onUnit: (unit: EncodedBlock) => void;
  readonly #onError: (error: Error) => void;
  #encoder: AudioEncoder | undefined;
  #pending: PendingBlock[] = [];
  #count = 0;

  /** @param onError called when nothing follows */
  constructor(
    unitMs: AudioUnitMs,
    onUnit: (unit: EncodedBlock) => void,
    onError: (error: Error) => void,
  ) {
    this.#unitMs = unitMs;
    this.#onUnit = onUnit;
    this.#onError = onError;
  }

  encode({ samples, capturedAt }: CapturedBlock): void {
    if (this.#pending.length * this.#unitMs >= MAX_WAITING_MS) this.#restart();
    this.#encoder ??= this.#open();
    this.#pending.push({ capturedAt, level: rmsOf(samples) });
    const data = new AudioData({
      format: 'f32-planar',
      sampleRate: opusFormat.sampleRate,
      numberOfChannels: opusFormat.channels,
      numberOfFrames: samples.length,
      // Even steps: the encoder makes up for gaps.
      timestamp: this.#count++ * this.#unitMs * 1000,
      data: samples,
      transfer: [samples.buffer],
    });
    this.#encoder.encode(data);
    data.close();
  }

  /** Gives a unit of silence. Call `mute` before the first one. */
  encodeSilence(capturedAt: number): void {
    const data = silentPacket(samplesPerUnit(this.#unitMs));
    this.#onUnit({ data, capturedAt, muted: true, level: 0 });
  }

  /** Replaces what waits by silence, and forgets all sound. */
  mute(): void {
    const pending = this.#pending;
    this.#restart();
    for (const { capturedAt } of pending) this.encodeSilence(capturedAt);
  }

  close(): void {
    this.#restart();
  }

  #restart(): void {
    const encoder = this.#encoder;
    this.#encoder = undefined;
    this.#pending = [];
    this.#count = 0;
    if (encoder !== undefined && encoder.state !== 'closed') encoder.close();
  }

  #open(): AudioEncoder {
    const encoder = new AudioEncoder({
      output: (chunk) => {
        if (encoder === this.#encoder) this.#onChunk(chunk);
      },
      error: (error) => {
        if (encoder === this.#encoder) this.#onError(error);
      },
    });
    const opus: VoiceEncoderConfig = {
      application: opusFormat.application,
      signal: 'voice',
      complexity: opusFormat.complexity,
      frameDuration: this.#unitMs * 1000,
      usedtx: false,
      useinbandfec: false,
    };
    encoder.configure({
      codec: 'opus',
      sampleRate: opusFormat.sampleRate,
      numberOfChannels: opusFormat.channels,
      bitrate: opusFormat.bitrate,
      bitrateMode: 'constant',
      opus,
    });
    return encoder;
  }

  #onChunk(chunk: EncodedAudioChunk): void {
    const block = this.#pending.shift();
    if (block === undefined) return;
    // Other lengths would tell something of what is said.
    if (chunk.byteLength !== opusPacketBytes(samplesPerUnit(this.#unitMs))) {
      this.#onError(new RangeError(`the encoder gave a packet of ${chunk.byteLength} bytes`));
      return;
    }
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.#onUnit({ data, ...block, muted: false });
  }
}

function rmsOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.min(1, Math.sqrt(sum / samples.length));
}
