import { opusFormat } from '@roomkey/core';
import type { SoundSource } from './sound-source.js';

/** 20 dB below full scale: heard, and hurts no one. */
const AMPLITUDE = 0.1;
/** A beep at each full second, ms. */
const PERIOD_MS = 1000;
const BEEP_MS = 100;
/** At each tenth second the beep is an octave higher. */
const HIGH_PERIOD_MS = 10_000;
/** How long a beep takes to begin and to end, ms; else it would click. */
const EDGE_MS = 5;

/**
 * A short beep that begins at each full second of the computer's clock: where it begins on the other
 * side says how long the sound was on its way.
 */
export function tone(hz: number): SoundSource {
  return {
    read: (samples, capturedAt) => {
      for (let index = 0; index < samples.length; index++) {
        const time = capturedAt + (index * 1000) / opusFormat.sampleRate;
        samples[index] = toneAt(time, hz);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** The tone's sample at a time, ms since 1970. */
function toneAt(time: number, hz: number): number {
  const since = time % PERIOD_MS;
  if (since >= BEEP_MS) return 0;
  const edge = Math.min(1, since / EDGE_MS, (BEEP_MS - since) / EDGE_MS);
  const pitch = time % HIGH_PERIOD_MS < PERIOD_MS ? 2 * hz : hz;
  return AMPLITUDE * edge * Math.sin((2 * Math.PI * pitch * since) / 1000);
}
