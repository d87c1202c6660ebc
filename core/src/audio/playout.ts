import { Concealer } from './concealer.js';
import { FADE_SAMPLES, SAMPLES_PER_MS } from './format.js';
import { LONGEST_PERIOD, PERIOD_SPAN, PeriodFinder } from './pitch.js';
import type { UnitRing } from './unit-ring.js';

/** The least sound after a period that was left out: 20 ms, in samples, and two periods. */
const REMOVAL_INTERVAL = 20 * SAMPLES_PER_MS;
/** The sound that must be there to leave out a period: two of the longest. */
const REMOVAL_SPAN = Math.max(PERIOD_SPAN, 2 * LONGEST_PERIOD);

/**
 * The part of an underrun that counts as concealed, 1 s in samples: after that, the microphone is off or
 * gone, and nothing is missing.
 */
const MAX_COUNTED_UNDERRUN = 1_000 * SAMPLES_PER_MS;

/** What is played now. */
type Phase =
  /** Silence before the first unit. */
  | 'idle'
  | 'playing'
  /** Concealment of units that are missing, while later ones are there. The position goes on. */
  | 'gap'
  /** Concealment because there is no more sound (an underrun). The position stays. */
  | 'starved';

/**
 * Reads the sound from the ring at one sample a time, and makes one continuous signal of it: conceals
 * what is missing, leaves out single periods, and skips. Every change between two signals is a linear
 * cross-fade of at least 5 ms, so that there is no click: the tests allow 1 % more than the largest step
 * between two samples of the sound, and 2 % of its peak.
 */
export class Playout {
  readonly #ring: UnitRing;
  readonly #concealer = new Concealer();
  readonly #finder = new PeriodFinder();
  readonly #ahead = new Float32Array(REMOVAL_SPAN);
  readonly #span = this.#ahead.subarray(0, PERIOD_SPAN);
  /** The signal from which the present one is faded in. */
  readonly #tail = new Float32Array(LONGEST_PERIOD);
  #tailLength = 0;
  #tailAt = 0;
  #phase: Phase = 'idle';
  #position = 0;
  /** The end of the newest unit. */
  #end = 0;
  /** The number of samples of the present underrun. */
  #starved = 0;
  /** The number of samples to be played before another period may be left out. */
  #untilRemoval = 0;
  #underruns = 0;
  #concealed = 0;
  #removed = 0;
  #dropped = 0;

  constructor(ring: UnitRing) {
    this.#ring = ring;
  }

  /** The place of the next sample on the timeline; samples. Grows only. */
  get position(): number {
    return this.#position;
  }

  /** The sound from the position to the newest sample, with gaps; samples. */
  get depth(): number {
    return this.#end - this.#position;
  }

  get hasBegun(): boolean {
    return this.#phase !== 'idle';
  }

  get counts() {
    return {
      underruns: this.#underruns,
      concealed: this.#concealed,
      removed: this.#removed,
      dropped: this.#dropped,
    };
  }

  /** Starts in silence before a first unit. */
  begin(position: number): void {
    this.#concealer.reset();
    this.#phase = 'idle';
    this.#position = position;
    this.#end = position;
    this.#starved = 0;
    this.#tailLength = 0;
    this.#tailAt = 0;
    this.#untilRemoval = 0;
  }

  /** There is sound up to this place on the timeline; samples. */
  extend(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  /**
   * Writes the next samples.
   *
   * @param canResume whether there is enough sound to begin, or to go on after an underrun
   */
  read(target: Float32Array, from: number, count: number, canResume: boolean): void {
    const end = from + count;
    for (let at = from; at < end;) {
      this.#turn(canResume);
      const run = this.#readRun(target, at, end - at);
      this.#concealer.remember(target, at, run);
      at += run;
    }
  }

  /**
   * Leaves out one period, if it is time to: fades to the same place in the next one. Plays at most a
   * third faster: of 60 ms of sound, 15 are left out; of periods of 5 ms, 5 of 30.
   */
  removePeriod(): void {
    if (this.#phase !== 'playing' || this.#isFading || this.#untilRemoval > 0) return;
    if (!this.#ring.copy(this.#position, this.#ahead, REMOVAL_SPAN)) return;
    const period = this.#finder.find(this.#span, 'start');
    for (let i = 0; i < period; i += 1) this.#tail[i] = this.#ahead[i] ?? 0;
    this.#startFade(period);
    this.#position += period;
    this.#removed += period;
    this.#untilRemoval = period + Math.max(REMOVAL_INTERVAL, 2 * period);
  }

  /** Goes to a later place at once; the concealment bridges it. Units that lie between are dropped. */
  skipTo(position: number): void {
    const length = this.#ring.unitLength;
    const next = Math.floor(position / length);
    for (let index = Math.ceil(this.#position / length); index < next; index += 1) {
      if (this.#ring.has(index)) this.#dropped += 1;
    }
    if (this.#phase === 'playing') this.#conceal('gap');
    this.#position = position;
  }

  get #isFading(): boolean {
    return this.#tailAt < this.#tailLength;
  }

  /** Changes the phase, if there is a reason to. */
  #turn(canResume: boolean): void {
    const isThere = this.#ring.has(Math.floor(this.#position / this.#ring.unitLength));
    const isEmpty = this.depth <= 0;
    switch (this.#phase) {
      case 'playing':
        if (isEmpty) this.#starve();
        else if (!isThere) this.#conceal('gap');
        return;
      case 'gap':
        if (isThere) this.#resume();
        return;
      case 'starved':
        if (isEmpty) return;
        if (!isThere) this.#catchUp();
        else if (canResume) this.#resume();
        return;
      case 'idle':
        if (isEmpty) return;
        if (!isThere) this.#position += this.#missing;
        if (canResume) this.#resume();
    }
  }

  /** Writes samples of the present phase. @returns how many, at least 1 */
  #readRun(target: Float32Array, from: number, wanted: number): number {
    const length = this.#ring.unitLength;
    const hasPosition = this.#phase === 'playing' || this.#phase === 'gap';
    const count = hasPosition ? Math.min(wanted, length - (this.#position % length)) : wanted;
    if (this.#phase === 'playing') {
      this.#ring.read(this.#position, target, from, count);
      this.#mixTail(target, from, count);
      this.#untilRemoval -= count;
    } else {
      this.#concealer.fill(target, from, count);
      const isMissed = this.#phase !== 'starved' || this.#starved < MAX_COUNTED_UNDERRUN;
      if (this.hasBegun && isMissed) this.#concealed += count;
    }
    if (hasPosition) this.#position += count;
    else this.#starved += count;
    return count;
  }

  /** Fades to the sound at the position. */
  #resume(): void {
    this.#concealer.fill(this.#tail, 0, FADE_SAMPLES);
    this.#startFade(FADE_SAMPLES);
    this.#phase = 'playing';
  }

  #conceal(phase: 'gap' | 'starved'): void {
    this.#concealer.start();
    this.#phase = phase;
  }

  #starve(): void {
    this.#conceal('starved');
    this.#starved = 0;
    this.#underruns += 1;
  }

  /** Units are missing after an underrun: its time counts as theirs. */
  #catchUp(): void {
    this.#position += Math.min(this.#starved, this.#missing);
    this.#starved = 0;
    this.#phase = 'gap';
  }

  /** The number of samples from the position to the next unit that is there. */
  get #missing(): number {
    const length = this.#ring.unitLength;
    let index = Math.floor(this.#position / length);
    if (this.depth <= 0 || this.#ring.has(index)) return 0;
    while (!this.#ring.has(index)) index += 1;
    return index * length - this.#position;
  }

  #startFade(length: number): void {
    this.#tailLength = length;
    this.#tailAt = 0;
  }

  #mixTail(target: Float32Array, from: number, count: number): void {
    const mixed = Math.min(count, this.#tailLength - this.#tailAt);
    for (let i = 0; i < mixed; i += 1) {
      const old = this.#tail[this.#tailAt] ?? 0;
      this.#tailAt += 1;
      const weight = this.#tailAt / (this.#tailLength + 1);
      target[from + i] = old + ((target[from + i] ?? 0) - old) * weight;
    }
  }
}
