import { open, stat, type FileHandle } from 'node:fs/promises';
import { opusFormat } from '@roomkey/core';
import { fileFailure, notPlayable } from './failures.js';
import { fromPcm, SAMPLE_BYTES } from './pcm.js';
import { Resampler } from './resampler.js';
import type { SoundSource } from './sound-source.js';
import { readWavFormat, type WavFormat } from './wav-header.js';

/** Samples of each channel that are read at a time. */
const READ_FRAMES = 4096;

/** Where the samples of a file are. */
interface WavData extends WavFormat {
  readonly start: number;
  readonly end: number;
}

/**
 * Plays a WAV file once, and then silence. Its channels are mixed, and its rate is brought to 48 kHz.
 *
 * @throws RoomkeyError `RK_AUDIO_NOT_FOUND`, `RK_AUDIO_DENIED`, `RK_AUDIO_FAILED`
 */
export async function openWavSource(path: string): Promise<SoundSource> {
  let file: FileHandle | undefined;
  try {
    const known = await stat(path);
    // To open a named pipe would wait for its writer.
    if (!known.isFile()) throw notPlayable(path, 'it is not a file');
    file = await open(path);
    return new WavSource(file, await findData(file, path, known.size));
  } catch (cause) {
    await file?.close();
    throw cause instanceof Error && 'errno' in cause ? fileFailure(path, 'read', cause) : cause;
  }
}

class WavSource implements SoundSource {
  readonly #file: FileHandle;
  readonly #data: WavData;
  readonly #resampler: Resampler | undefined;
  #position: number;
  #isAtEnd = false;
  #ready: Float32Array = new Float32Array();

  constructor(file: FileHandle, data: WavData) {
    this.#file = file;
    this.#data = data;
    this.#position = data.start;
    if (data.rate !== opusFormat.sampleRate) this.#resampler = new Resampler(data.rate);
  }

  async read(samples: Float32Array): Promise<void> {
    samples.fill(0);
    for (let filled = 0; filled < samples.length;) {
      if (this.#ready.length === 0) {
        if (this.#isAtEnd) return;
        this.#ready = await this.#next();
      }
      const some = this.#ready.subarray(0, samples.length - filled);
      samples.set(some, filled);
      filled += some.length;
      this.#ready = this.#ready.subarray(some.length);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #next(): Promise<Float32Array> {
    const frames = await this.#readFrames();
    if (frames.length > 0) return this.#resampler?.push(frames) ?? frames;
    this.#isAtEnd = true;
    const resampler = this.#resampler;
    return resampler?.push(new Float32Array(resampler.tail)) ?? frames;
  }

  /** The next samples of the file, its channels mixed; none at its end. */
  async #readFrames(): Promise<Float32Array> {
    const { channels, end } = this.#data;
    const frameBytes = channels * SAMPLE_BYTES;
    const length = Math.min(READ_FRAMES * frameBytes, end - this.#position);
    const { bytesRead, buffer } = await this.#file.read(
      new Uint8Array(length),
      0,
      length,
      this.#position,
    );
    const samples = fromPcm(buffer.subarray(0, bytesRead));
    const frames = new Float32Array(Math.floor(samples.length / channels));
    for (let frame = 0; frame < frames.length; frame++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++)
        sum += samples[frame * channels + channel] ?? 0;
      frames[frame] = sum / channels;
    }
    this.#position += frames.length * frameBytes;
    return frames;
  }
}

/** Walks the chunks of a file to its samples. */
async function findData(file: FileHandle, path: string, size: number): Promise<WavData> {
  const riff = await readAt(file, 0, 12);
  if (textAt(riff, 0) !== 'RIFF' || textAt(riff, 8) !== 'WAVE') {
    throw notPlayable(path, 'it is not a WAV file');
  }
  let format: WavFormat | undefined;
  for (let position = 12; position + 8 <= size;) {
    const head = await readAt(file, position, 8);
    const name = textAt(head, 0);
    const length = head.getUint32(4, true);
    const start = position + 8;
    if (name === 'fmt ') {
      const read = readWavFormat(await readAt(file, start, Math.min(length, 40)));
      if (typeof read === 'string') throw notPlayable(path, read);
      format = read;
    } else if (name === 'data') {
      if (format === undefined) break;
      // A program that wrote it to a pipe could not know its length: 0, or the largest there is.
      const end = length === 0 ? size : Math.min(size, start + length);
      return { ...format, start, end };
    }
    // Chunks begin at even places.
    position = start + length + (length % 2);
  }
  throw notPlayable(path, 'there are no samples in it');
}

async function readAt(file: FileHandle, position: number, length: number): Promise<DataView> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, position);
  return new DataView(buffer.buffer, buffer.byteOffset, bytesRead);
}

function textAt(view: DataView, offset: number): string {
  if (view.byteLength < offset + 4) return '';
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, 4));
}
