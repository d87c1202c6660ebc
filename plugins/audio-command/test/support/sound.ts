import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { toPcm } from '../../src/pcm.js';
import { WAV_HEADER_BYTES, wavHeader } from '../../src/wav-header.js';

export const RATE = 48_000;

/** A folder for the tests of a file, which is removed after them. */
export function temporaryFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeAll(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'roomkey-audio-'));
  });
  afterAll(() => rmSync(folder.path, { recursive: true }));
  return folder;
}

/** A steady sine. */
export function sine(hz: number, seconds: number, rate = RATE, amplitude = 0.5): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, index) => amplitude * Math.sin((2 * Math.PI * hz * index) / rate),
  );
}

/** What speech is to a codec: harmonics of a voice that rises and falls, in syllables. */
export function voice(seconds: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: Math.round(seconds * RATE) }, (_, index) => {
    const time = index / RATE;
    const pitch = 130 + 40 * Math.sin(2 * Math.PI * 0.7 * time);
    phase += (2 * Math.PI * pitch) / RATE;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 2.3 * time)) ** 0.5;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic++) {
      const hz = harmonic * pitch;
      const formants =
        Math.exp(-(((hz - 600) / 250) ** 2)) + 0.5 * Math.exp(-(((hz - 1700) / 400) ** 2));
      sum += formants * Math.sin(harmonic * phase);
    }
    return 0.2 * syllable * sum;
  });
}

/** Writes a WAV file; samples of several channels are interleaved. */
export function writeWav(path: string, samples: Float32Array, channels = 1, rate = RATE): void {
  const data = toPcm(samples);
  writeFileSync(path, Buffer.concat([wavHeader({ channels, rate }, data.length), data]));
}

/** The samples of a WAV file that `WavSink` wrote, as its header says. */
export function readWav(path: string): Int16Array {
  const bytes = readFileSync(path);
  const length = bytes.readUInt32LE(40);
  const data = Uint8Array.from(bytes.subarray(WAV_HEADER_BYTES, WAV_HEADER_BYTES + length));
  return new Int16Array(data.buffer);
}

/** How similar two sounds are, −1…1, when the second begins `offset` samples after the first. */
export function correlation(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  offset: number,
): number {
  let [dot, one, two] = [0, 0, 0];
  const end = Math.min(first.length, second.length - offset);
  for (let index = Math.max(0, -offset); index < end; index++) {
    const [a = 0, b = 0] = [first[index], second[index + offset]];
    dot += a * b;
    one += a * a;
    two += b * b;
  }
  return dot / Math.sqrt(one * two || 1);
}

/** The offset at which two sounds are most similar. */
export function align(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  most: number,
): { readonly offset: number; readonly correlation: number } {
  let best = { offset: 0, correlation: -1 };
  const search = (from: number, to: number, step: number): void => {
    for (let offset = from; offset <= to; offset += step) {
      const found = correlation(first, second, offset);
      if (found > best.correlation) best = { offset, correlation: found };
    }
  };
  search(0, most, 8);
  search(best.offset - 8, best.offset + 8, 1);
  return best;
}

/** The amplitude of a pitch in samples. */
export function amplitudeAt(hz: number, samples: ArrayLike<number>): number {
  let [real, imaginary] = [0, 0];
  for (let index = 0; index < samples.length; index++) {
    const phase = (2 * Math.PI * hz * index) / RATE;
    real += (samples[index] ?? 0) * Math.cos(phase);
    imaginary += (samples[index] ?? 0) * Math.sin(phase);
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}
