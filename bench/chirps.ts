/** A sound whose parts are found again where it was heard: four chirps in turn, again and again. */
import { wavHeader } from '#audio-command/wav-header.js';
import type { PassedSound } from './page/bench-page.js';

/** From one to the next, ms. */
const SPACING_MS = 250;
const SECONDS = 0.03;
/** The frequencies of each at its begin and end, Hz. */
const CHIRPS: readonly (readonly [from: number, to: number])[] = [
  [500, 1_700],
  [1_900, 3_300],
  [1_700, 500],
  [3_300, 1_900],
];
const AMPLITUDE = 0.6;

/** The file repeats without a gap. */
const FILE = { rate: 48_000, seconds: 60 };

/** What is less like a chirp is none, 0…1. */
const LEAST_LIKENESS = 0.6;
/** What has less of a chirp's energy is noise. */
const LEAST_ENERGY = 0.02;
/** Pieces that come sooner after another, ms, came with it. */
const TOGETHER_MS = 1.5;
/** The time before and after a chirp in which the quickest piece gives the clock, ms. */
const CLOCK_MS = 500;

interface Chirp {
  /** An index of `CHIRPS`. */
  readonly kind: number;
  /** When it began, ms since 1970. */
  readonly at: number;
}

/** How long a chirp took from one place to another. */
export interface Latency {
  /** When it was at the second, ms since 1970. */
  readonly at: number;
  readonly ms: number;
}

/** A WAV file of chirps: 16 bits, one channel. */
export function chirpFile(): Uint8Array {
  const { rate, seconds } = FILE;
  const file = Buffer.alloc(rate * seconds * 2);
  const chirps = CHIRPS.map((_, kind) => chirp(kind, rate));
  const spacing = (SPACING_MS * rate) / 1_000;
  for (let start = 0, count = 0; start < rate * seconds; start += spacing, count += 1) {
    for (const [i, sample] of chirps[count % chirps.length]!.entries()) {
      file.writeInt16LE(Math.round(sample * AMPLITUDE * 32_767), 2 * (start + i));
    }
  }
  return Buffer.concat([wavHeader({ channels: 1, rate }, file.length), file]);
}

/** The latencies of the chirps that were captured and played: up to a second. */
export function latenciesOf(captured: PassedSound, played: PassedSound): Latency[] {
  const sources = chirpsOf(captured);
  return chirpsOf(played).flatMap(({ kind, at }) => {
    const source = sources.findLast((one) => one.kind === kind && one.at <= at);
    const ms = at - (source?.at ?? -Infinity);
    return ms < CHIRPS.length * SPACING_MS ? [{ at, ms }] : [];
  });
}

function chirp(kind: number, rate: number): Float32Array {
  const [from, to] = CHIRPS[kind]!;
  const samples = new Float32Array(Math.round(SECONDS * rate));
  for (let i = 0; i < samples.length; i += 1) {
    const time = i / rate;
    const phase = 2 * Math.PI * (from * time + ((to - from) * time ** 2) / (2 * SECONDS));
    samples[i] = Math.sin((Math.PI * i) / samples.length) ** 2 * Math.sin(phase);
  }
  return samples;
}

function chirpsOf(sound: PassedSound): Chirp[] {
  const { rate } = sound;
  const clock = clockOf(sound);
  const found = CHIRPS.flatMap((_, kind) =>
    placesOf(sound.samples, chirp(kind, rate), (SPACING_MS * rate) / 1_000).map((index) => ({
      kind,
      at: clock(index),
    })),
  );
  return found.toSorted((a, b) => a.at - b.at);
}

/** Where a sound is most like a chirp, at least half a `spacing` apart. */
function placesOf(samples: readonly number[], wanted: Float32Array, spacing: number): number[] {
  const wantedEnergy = wanted.reduce((sum, sample) => sum + sample ** 2, 0);
  const places: { index: number; likeness: number }[] = [];
  let energy = 0;
  for (let end = 0; end < samples.length; end += 1) {
    energy += (samples[end] ?? 0) ** 2;
    const index = end + 1 - wanted.length;
    if (index < 0) continue;
    const isLoud = energy > LEAST_ENERGY * wantedEnergy * AMPLITUDE ** 2;
    const likeness = isLoud
      ? product(samples, index, wanted) / Math.sqrt(energy * wantedEnergy)
      : 0;
    energy = Math.max(0, energy - (samples[index] ?? 0) ** 2);
    const last = places.at(-1);
    if (likeness < LEAST_LIKENESS) continue;
    if (last === undefined || index - last.index > spacing / 2) places.push({ index, likeness });
    else if (likeness > last.likeness) places[places.length - 1] = { index, likeness };
  }
  return places.map(({ index }) => index);
}

function product(samples: readonly number[], from: number, wanted: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < wanted.length; i += 1) sum += (wanted[i] ?? 0) * (samples[from + i] ?? 0);
  return sum;
}

/**
 * The times of a sound's samples: it runs evenly, and its pieces are never seen too early. Of several
 * that came at once only the first says when they came.
 */
function clockOf({ rate, times }: PassedSound): (index: number) => number {
  const starts = times.filter(([, at], i) => at - (times[i - 1]?.[1] ?? -Infinity) > TOGETHER_MS);
  const reach = (CLOCK_MS * rate) / 1_000;
  return (index) => {
    let least = Infinity;
    for (const [start, at] of starts) {
      if (Math.abs(start - index) < reach) least = Math.min(least, at - (start * 1_000) / rate);
    }
    return least + (index * 1_000) / rate;
  };
}
