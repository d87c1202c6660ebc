import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A WAV file: 16 bits, one channel. @param samples −1…1 */
export function wavFile(samples: Float32Array, rate: number): Uint8Array {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * samples.length, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * rate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * samples.length, 40);
  for (const [i, sample] of samples.entries()) {
    file.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), 44 + 2 * i);
  }
  return file;
}

/** The samples of a WAV file of 16 bits and one channel. */
export function readWav(file: Buffer): { readonly samples: Float32Array; readonly rate: number } {
  const data = file.indexOf('data', 12);
  const samples = new Float32Array((file.length - data - 8) >> 1);
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = file.readInt16LE(data + 8 + 2 * i) / 32_768;
  }
  return { samples, rate: file.readUInt32LE(24) };
}

/** Sentences, and the pitch of their speakers, 0…99. */
const VOICES = {
  low: [
    'The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore, ' +
      'and the shells she sells are surely sea shells.',
    50,
  ],
  high: [
    'Two boats were tied up below the bridge when the rain began. How many people live in ' +
      'that yellow house, and who looks after their garden all year?',
    85,
  ],
} as const;

/**
 * Speech by espeak-ng; without it, sounds of changing pitch and formants that resemble it.
 *
 * @param voice a second voice says another sentence
 */
export function speech(voice: 'low' | 'high' = 'low'): {
  readonly samples: Float32Array;
  readonly rate: number;
} {
  const folder = mkdtempSync(join(tmpdir(), 'roomkey-speech-'));
  try {
    const path = join(folder, 'speech.wav');
    const [sentence, pitch] = VOICES[voice];
    execFileSync('espeak-ng', ['-p', `${pitch}`, '-w', path, sentence], { stdio: 'ignore' });
    return readWav(readFileSync(path));
  } catch {
    return { samples: syllables(44_100, 8, voice === 'low' ? 110 : 190), rate: 44_100 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A folder with a WAV file, for the browser's microphone. */
export function writeWav(samples: Float32Array, rate: number): { path: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'roomkey-sound-'));
  const path = join(folder, 'sound.wav');
  writeFileSync(path, wavFile(samples, rate));
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

function syllables(rate: number, seconds: number, lowest: number): Float32Array {
  const samples = new Float32Array(rate * seconds);
  let phase = 0;
  for (const i of samples.keys()) {
    const time = i / rate;
    const syllable = Math.floor(time * 5);
    const pitch = lowest + ((syllable * 37) % 60) + 20 * Math.sin(2 * Math.PI * 1.3 * time);
    phase += pitch / rate;
    const envelope = Math.sin(Math.PI * ((time * 5) % 1)) ** 2;
    const formant = 400 + ((syllable * 211) % 1400);
    let sum = 0;
    for (let harmonic = 1; harmonic <= 20; harmonic += 1) {
      const distance = (harmonic * pitch - formant) / 300;
      sum += (Math.sin(2 * Math.PI * harmonic * phase) * (0.05 + Math.exp(-(distance ** 2)))) / 4;
    }
    samples[i] = 0.5 * envelope * sum;
  }
  return samples;
}

/** A tone. @param seconds length */
export function tone(frequency: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: rate * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * frequency * i) / rate),
  );
}
