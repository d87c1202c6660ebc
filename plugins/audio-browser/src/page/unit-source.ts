import { samplesPerUnit, type AudioUnitMs } from '@roomkey/core/wire';
import { CaptureClock, now } from './capture-clock.js';
import { MonoConverter } from './mono-converter.js';
import { UnitEncoder, type EncodedBlock } from './unit-encoder.js';
import { UnitFramer, type CapturedBlock } from './unit-framer.js';
import { unitMessage } from './unit-message.js';

/** What was captured so long before the voice came back may lie in the device's buffer, ms. */
const DEVICE_DELAY = 20;
/**
 * How long the clock is observed before the first unit, ms: what came before this thread was ready has
 * waited.
 */
const CLOCK_TIME = 100;
/** A device that gives nothing for this long is silent, ms. */
const SILENT_AFTER = 200;

/** The options of `UnitSource`. */
export interface UnitSourceOptions {
  readonly device: number;
  readonly unitMs: AudioUnitMs;
  /** Whether units are due before the first sound. */
  readonly mayBeSilent: boolean;
  /** Called with a binary message for Node, which it owns. */
  onUnit(message: ArrayBuffer): void;
  /** Called when no more units follow. */
  onBroken(message: string): void;
}

/** Makes units of a track's sound: converts, mutes, measures and encodes it. */
export class UnitSource {
  readonly #options: UnitSourceOptions;
  readonly #clock = new CaptureClock();
  readonly #converter = new MonoConverter();
  readonly #framer: UnitFramer;
  readonly #encoder: UnitEncoder;
  /** The number of the next unit. */
  #number = 0;
  #generation = 0;
  #isMuted = false;
  /** What was captured before this time is silent: the person was muted. */
  #voiceFrom = -Infinity;
  #isIdle = false;
  #startsAt: number | undefined;

  constructor(options: UnitSourceOptions) {
    this.#options = options;
    this.#framer = new UnitFramer(samplesPerUnit(options.unitMs), (block) => this.#onBlock(block));
    this.#encoder = new UnitEncoder(
      options.unitMs,
      (unit) => this.#send(unit),
      (error) => options.onBroken(String(error)),
    );
    if (options.mayBeSilent) this.#framer.startAt(now());
  }

  /** Takes ownership of a piece of the track's sound. @returns whether there are units from now on */
  add(data: AudioData): boolean {
    this.#isIdle = false;
    const arrivedAt = now();
    const startsAt = this.#clock.capturedAt(data.timestamp / 1000, data.duration / 1000, arrivedAt);
    const sound = this.#converter.convert(data, startsAt);
    data.close();
    this.#startsAt ??= arrivedAt + CLOCK_TIME;
    if (arrivedAt < this.#startsAt) return false;
    this.#framer.add(sound);
    return true;
  }

  /** Call about once a unit: makes silence where the device gives nothing. */
  tick(): void {
    const isLate = now() - this.#framer.nextAt > SILENT_AFTER;
    // Sound may wait to be read after this thread was busy: only what is late twice is missing.
    if (isLate && this.#isIdle) this.#framer.fillUntil(now());
    this.#isIdle = true;
  }

  setMuted(muted: boolean, generation: number): void {
    this.#generation = generation;
    if (muted) this.#encoder.mute();
    else if (this.#isMuted) this.#voiceFrom = now() + DEVICE_DELAY;
    this.#isMuted = muted;
  }

  #onBlock(block: CapturedBlock): void {
    const isMuted = this.#isMuted || block.capturedAt < this.#voiceFrom;
    if (isMuted) this.#encoder.encodeSilence(block.capturedAt);
    else this.#encoder.encode(block);
  }

  #send({ data, capturedAt, muted, level }: EncodedBlock): void {
    const { device, unitMs } = this.#options;
    const samples = samplesPerUnit(unitMs);
    const prefix = { device, generation: this.#generation, samples, muted, level };
    const number = this.#number;
    this.#number = (number + 1) >>> 0;
    this.#options.onUnit(unitMessage(prefix, { number, capturedAt, data }).buffer);
  }
}
