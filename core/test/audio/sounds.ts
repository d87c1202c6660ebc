/** Samples of a sound by their number since its start. */
export type Sound = (first: number, count: number) => Float32Array;

/** Repeats a second of sound, or another number of samples, without computing it again. */
function repeated(period: number, sampleAt: (n: number) => number): Sound {
  // A unit may begin anywhere in the period.
  const table = Float32Array.from({ length: period + 960 }, (_, n) => sampleAt(n % period));
  return (first, count) => table.subarray(first % period, (first % period) + count);
}

/** @param hertz a whole number */
export function sine(hertz: number, amplitude = 0.5): Sound {
  return repeated(48_000, (n) => amplitude * Math.sin((2 * Math.PI * hertz * n) / 48_000));
}

export const silence: Sound = repeated(48_000, () => 0);

/** Numbers of 0…1, the same in every run (mulberry32, public domain). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Filters a signal through a resonance in place. */
function resonate(signal: Float32Array, hertz: number, bandwidth: number): void {
  const radius = Math.exp((-Math.PI * bandwidth) / 48_000);
  const b1 = 2 * radius * Math.cos((2 * Math.PI * hertz) / 48_000);
  const b2 = -radius * radius;
  let y1 = 0;
  let y2 = 0;
  for (let n = 0; n < signal.length; n += 1) {
    const y = signal[n]! + b1 * y1 + b2 * y2;
    y2 = y1;
    y1 = y;
    signal[n] = y;
  }
}

/**
 * Ten seconds like speech: syllables of a voice that glides from 90 to 220 Hz, with two formants that
 * move, a hiss between some of them, and pauses.
 */
function makeSpeech(): Float32Array {
  const random = randomNumbers(7);
  const speech = new Float32Array(480_000);
  for (let at = 4_800; at < speech.length - 24_000;) {
    const length = Math.floor(48 * (120 + 180 * random()));
    const syllable = new Float32Array(length);
    const from = 90 + 100 * random();
    const to = 90 + 130 * random();
    let phase = 0;
    for (let n = 0; n < length; n += 1) {
      phase += (from + ((to - from) * n) / length) / 48_000;
      if (phase >= 1) {
        phase -= 1;
        syllable[n] = 1;
      }
      syllable[n]! += 0.01 * (random() - 0.5);
    }
    resonate(syllable, 300 + 500 * random(), 90);
    resonate(syllable, 1_000 + 1_300 * random(), 140);
    const peak = syllable.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    for (let n = 0; n < length; n += 1) {
      const envelope = Math.sin((Math.PI * n) / length);
      speech[at + n] = (0.5 * envelope * syllable[n]!) / peak;
    }
    at += length;
    if (random() < 0.3) {
      const hiss = Math.floor(48 * 80);
      for (let n = 0; n < hiss; n += 1) {
        speech[at + n]! += 0.08 * Math.sin((Math.PI * n) / hiss) * (random() - 0.5);
      }
      at += hiss;
    }
    at += Math.floor(48 * (random() < 0.2 ? 400 : 30) * random());
  }
  return speech;
}

const speechSamples = makeSpeech();

export const speech: Sound = repeated(speechSamples.length, (n) => speechSamples[n]!);
