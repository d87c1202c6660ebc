import { DelayTarget } from './delay-target.js';
import { SAMPLES_PER_MS } from './format.js';
import { Playout } from './playout.js';
import { CubicResampler, MAX_RATE_CHANGE } from './resampler.js';
import { CAPACITY_SAMPLES, UnitRing } from './unit-ring.js';
import { UnitSequence } from './unit-sequence.js';

/**
 * A depth that is off by this much is corrected at the largest change of speed, ms; half of it at a quarter
 * of the change, so that small errors change nearly nothing.
 */
const FULL_RATE_MS = 12;
/** Above the target by 40 ms, single periods are left out: 4 ms less, the error of the mean depth. */
const REMOVAL_MS = 36;
/** Above the target by this much, the sound in between is skipped; ms. */
const SKIP_MS = 300;
/** The share of a measurement of the depth in its mean, and in the mean deviation. */
const SMOOTHING = { mean: 1 / 16, deviation: 1 / 64 };
/** Measurements that differ by more from the mean replace it: this, ms, and a multiple of the deviation. */
const SUDDEN = { ms: 20, deviations: 6 };
/** The greatest deviation of one measurement that counts, ms. */
const MAX_DEVIATION_MS = 50;
/** The number of measurements without deviation that are assumed before the first. */
const ASSUMED_MEASUREMENTS = 8;
/** The number of samples for which speed and phase are decided at once: 5 ms. */
const STEP_SAMPLES = 5 * SAMPLES_PER_MS;

/** A unit of sound after its decoder. */
export interface DecodedUnit {
  /** The number in its stream, u32; wraps around. */
  readonly number: number;
  /** When its first sample was captured: microseconds on the sender's clock. */
  readonly mediaTimeUs: number;
  /** 480 or 960 samples at 48 kHz, the same number in all units; copied. */
  readonly samples: Float32Array;
  /** When it arrived: milliseconds on any clock of the receiver. */
  readonly arrivalMs: number;
}

/** Counts since the start, and what holds now. Names as in RFC 7005, RFC 7294 and the W3C's WebRTC statistics. */
export interface JitterBufferGauges {
  /** The sound from the sample to be played next to the newest, 0…1,000 ms. */
  readonly depthMs: number;
  /** What the depth should be on average, 20…240 ms. */
  readonly targetMs: number;
  /** When the sample to be played next was captured, µs; undefined before the first unit. */
  readonly mediaTimeUs: number | undefined;
  /** How often there was no more sound. */
  readonly underruns: number;
  /** Samples given since the first unit began to play, concealment included. */
  readonly playedSamples: number;
  /** Samples that were made up because a unit was missing; of an underrun, the first second. */
  readonly concealedSamples: number;
  /** Samples of periods that were left out to play faster. */
  readonly removedSamples: number;
  /** Units that came after their time. */
  readonly late: number;
  /** Copies of units that had come before. */
  readonly duplicates: number;
  /** Units that were skipped because too much sound waited. */
  readonly dropped: number;
}

/**
 * An adaptive jitter buffer (playout buffer, RFC 7005) for decoded sound, 48 kHz, one channel: units go in
 * as they arrive, and a continuous signal comes out. For an `AudioWorklet` and for Node.
 *
 * It holds as much sound as the network needs (`DelayTarget`), and corrects its depth without being
 * heard: by a speed of ±0.4 % up to 40 ms over the target, which also follows clocks that differ; above
 * that it leaves out single periods, which is at most a third faster; 300 ms over the target it skips.
 * After an underrun it goes on where it was, and makes up for the time later.
 *
 * It has no clock and no timer: time is what is pulled, so the clock of the sound card need not agree
 * with that of the arrivals. `pull` allocates nothing, and the memory is the same from the start.
 */
export class JitterBuffer {
  readonly #sequence = new UnitSequence();
  readonly #ring = new UnitRing();
  readonly #playout = new Playout(this.#ring);
  readonly #target = new DelayTarget();
  readonly #resampler = new CubicResampler(STEP_SAMPLES);
  /** The mean depth is this plus what was pulled and minus what was played; ms. */
  #depthOffset = 0;
  /** Samples. */
  #pulled = 0;
  /** The mean deviation of a measurement of the depth, ms. */
  #deviation = 0;
  #measurements = ASSUMED_MEASUREMENTS;
  #played = 0;
  #late = 0;
  #duplicates = 0;

  get gauges(): JitterBufferGauges {
    const { underruns, concealed, removed, dropped } = this.#playout.counts;
    const depthMs = this.#depthMs();
    return {
      depthMs,
      targetMs: this.#target.targetMs,
      mediaTimeUs: this.#hasUnits
        ? this.#sequence.newestMediaUs + (this.#unitMs() - depthMs) * 1000
        : undefined,
      underruns,
      playedSamples: this.#played,
      concealedSamples: concealed,
      removedSamples: removed,
      late: this.#late,
      duplicates: this.#duplicates,
      dropped,
    };
  }

  /**
   * Takes a unit, in any order; of several copies the first counts.
   *
   * @throws RangeError if it has neither 480 nor 960 samples, or not as many as those before, or if a
   * time is not finite
   */
  push({ number, mediaTimeUs, samples, arrivalMs }: DecodedUnit): void {
    if (!Number.isFinite(mediaTimeUs - arrivalMs)) throw new RangeError('A time is not finite.');
    const isFirst = !this.#hasUnits;
    if (isFirst) this.#ring.clear(samples.length);
    const length = this.#ring.unitLength;
    if (samples.length !== length) {
      throw new RangeError(`A unit has ${samples.length} samples, and those before ${length}.`);
    }
    const index = this.#sequence.place(number, mediaTimeUs, this.#unitMs() * 1000);
    if (index === undefined) {
      this.#duplicates += 1;
      return;
    }
    if (isFirst) this.#playout.begin(index * length);
    const end = (index + 1) * length;
    const depth = end - this.#playout.position;
    // What came a second too late says nothing about the network of now.
    if (depth > -CAPACITY_SAMPLES) {
      this.#target.add(arrivalMs, mediaTimeUs, this.#unitMs());
      this.#measure(depth / SAMPLES_PER_MS, isFirst);
    }
    if (index < Math.floor(this.#playout.position / length)) {
      this.#late += 1;
      return;
    }
    if (depth > CAPACITY_SAMPLES) this.#playout.skipTo(end - CAPACITY_SAMPLES);
    this.#ring.write(index, samples);
    this.#playout.extend(end);
  }

  /**
   * Fills `output` with the next samples to be played, concealment and silence included: 128 at a time in
   * a worklet, or any other number. More at a time, up to 100 ms, take as much more sound in the buffer.
   */
  pull(output: Float32Array): void {
    for (let at = 0; at < output.length; at += STEP_SAMPLES) {
      this.#pullStep(output, at, Math.min(STEP_SAMPLES, output.length - at));
    }
  }

  /**
   * Forgets all sound and times, for another stream; the counts of samples and units go on. What waits is
   * not played.
   */
  restart(): void {
    this.#sequence.reset();
    this.#playout.begin(0);
    this.#target.reset();
    this.#resampler.reset();
    this.#depthOffset = 0;
    this.#deviation = 0;
    this.#measurements = ASSUMED_MEASUREMENTS;
    this.#pulled = 0;
  }

  get #hasUnits(): boolean {
    return this.#sequence.newestIndex >= 0;
  }

  #unitMs(): number {
    return this.#ring.unitLength / SAMPLES_PER_MS;
  }

  #depthMs(): number {
    return this.#playout.depth / SAMPLES_PER_MS;
  }

  /**
   * The mean over time of the depth after a pull, ms. Without the steps of arrivals and pulls, and with
   * the sound that a stall holds back, it tells how late sound is played. A method and not a getter:
   * only so V8 allocates no memory for the number.
   */
  #meanDepthMs(): number {
    return this.#depthOffset + (this.#pulled - this.#playout.position) / SAMPLES_PER_MS;
  }

  /**
   * Corrects the mean depth by that at the end of a unit that has just come.
   *
   * A sound card that takes 20 ms at a time makes measurements differ by up to 10 ms either way, and
   * leaves 10 ms less than they say on average: twice their mean deviation, whatever the size.
   *
   * @param depthMs negative for a unit that came too late
   */
  #measure(depthMs: number, isFirst: boolean): void {
    const steps = this.#unitMs() / 2 + 2 * this.#deviation;
    const error = depthMs + this.#target.lateness - steps - this.#meanDepthMs();
    const size = Math.abs(error);
    const isSudden = isFirst || size > SUDDEN.ms + SUDDEN.deviations * this.#deviation;
    this.#depthOffset += isSudden ? error : error * SMOOTHING.mean;
    if (isFirst) return;
    this.#measurements += 1;
    const share = Math.max(SMOOTHING.deviation, 1 / this.#measurements);
    this.#deviation += (Math.min(size, MAX_DEVIATION_MS) - this.#deviation) * share;
  }

  #pullStep(output: Float32Array, from: number, count: number): void {
    if (this.#hasUnits) this.#reduceDepth();
    const excess = this.#meanDepthMs() - this.#target.targetMs;
    const urgency = Math.max(-1, Math.min(1, excess / FULL_RATE_MS));
    const change = urgency * Math.abs(urgency) * MAX_RATE_CHANGE;
    const isEnough = excess >= 0 || this.#depthMs() >= this.#target.targetMs + this.#unitMs();
    const resampler = this.#resampler;
    resampler.rate = 1 + change;
    const inputCount = resampler.inputCount(count);
    this.#playout.read(resampler.input, resampler.inputOffset, inputCount, isEnough);
    resampler.process(output, from, count);
    this.#pulled += count;
    if (this.#playout.hasBegun) this.#played += count;
  }

  /** Plays less than what waits, if too much does. */
  #reduceDepth(): void {
    const { targetMs } = this.#target;
    const half = this.#unitMs() / 2;
    if (this.#depthMs() > targetMs + SKIP_MS) {
      const depth = (targetMs + half) * SAMPLES_PER_MS;
      this.#playout.skipTo(this.#playout.position + Math.floor(this.#playout.depth - depth));
    } else if (this.#depthMs() > targetMs && this.#meanDepthMs() + half > targetMs + REMOVAL_MS) {
      this.#playout.removePeriod();
    }
  }
}
