import { JitterBuffer, type JitterBufferGauges } from '@roomkey/core/audio';
import type { Sound } from './sounds.js';

/** A unit on its way; all times in ms. */
export interface Arrival {
  readonly number: number;
  readonly mediaTimeUs: number;
  readonly arrivalMs: number;
}

export interface SimulationOptions {
  readonly sound: Sound;
  readonly seconds: number;
  /** 10 or 20 ms. Default: 20 ms. */
  readonly unitMs?: 10 | 20;
  /** The samples of one `pull`. Default: 128. */
  readonly pullLength?: number;
  /** How much sound the card takes at once, in as many pulls as it needs, ms. Default: each pull alone. */
  readonly burstMs?: number;
  /** By how many parts per million the sender's clock is faster than that of the receiver's sound card. */
  readonly driftPpm?: number;
  /** How long a unit takes, ms; undefined if it is lost; several for copies. Default: 1 ms. */
  readonly delays?: (number: number, sentMs: number) => number | readonly number[] | undefined;
  /** Whether a unit cannot arrive before the one ahead of it, as on TCP. Default: true. */
  readonly isOrdered?: boolean;
  /** What the clock of the arrivals shows at a time of the sound card. Default: the same. */
  readonly arrivalClock?: (ms: number) => number;
  /** Called after each `pull`. */
  readonly onPull?: (pull: { output: Float32Array; nowMs: number; buffer: JitterBuffer }) => void;
}

/** The sender's clock when the receiver's shows 0: any number, in ms. */
const OFFSET_MS = 1_700_000_000_000;
/** How far units may overtake each other. */
const REORDER_UNITS = 64;

/**
 * Plays a sound through a network and a jitter buffer, in simulated time. The sender has a clock of its
 * own.
 */
export function simulate(options: SimulationOptions): JitterBufferGauges {
  const { sound, seconds, unitMs = 20, pullLength = 128, driftPpm = 0, isOrdered = true } = options;
  const { burstMs, arrivalClock = (ms: number) => ms } = options;
  const delays = options.delays ?? (() => 1);
  const unitLength = unitMs * 48;
  const sentEveryMs = unitMs / (1 + driftPpm / 1e6);
  const buffer = new JitterBuffer();
  const output = new Float32Array(pullLength);
  const waiting: Arrival[] = [];
  let number = 0;
  let latest = 0;

  const send = (): void => {
    const sentMs = (number + 1) * sentEveryMs;
    const taken = delays(number, sentMs) ?? [];
    for (const delay of typeof taken === 'number' ? [taken] : taken) {
      latest = isOrdered ? Math.max(latest, sentMs + delay) : sentMs + delay;
      const mediaTimeUs = (OFFSET_MS + number * unitMs) * 1000;
      waiting.push({ number, mediaTimeUs, arrivalMs: latest });
    }
    if (!isOrdered) waiting.sort((a, b) => a.arrivalMs - b.arrivalMs);
    number += 1;
  };

  const pulls = Math.ceil((seconds * 48_000) / pullLength);
  for (let pull = 0; pull < pulls; pull += 1) {
    const playedMs = (pull * pullLength) / 48;
    const nowMs = burstMs === undefined ? playedMs : playedMs - (playedMs % burstMs);
    const horizon = isOrdered ? nowMs : nowMs + REORDER_UNITS * unitMs;
    while ((number + 1) * sentEveryMs <= horizon) send();
    let due = 0;
    for (; due < waiting.length && waiting[due]!.arrivalMs <= nowMs; due += 1) {
      const arrival = waiting[due]!;
      const arrivalMs = arrivalClock(arrival.arrivalMs);
      const samples = sound(arrival.number * unitLength, unitLength);
      buffer.push({ ...arrival, arrivalMs, samples });
    }
    if (due > 0) waiting.splice(0, due);
    buffer.pull(output);
    options.onPull?.({ output, nowMs, buffer });
  }
  return buffer.gauges;
}
