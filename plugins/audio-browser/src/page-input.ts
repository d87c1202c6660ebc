import {
  AudioUnitQueue,
  samplesPerUnit,
  silentPacket,
  type AudioInput,
  type AudioUnit,
  type AudioUnitMs,
} from '@roomkey/core';
import type { DeviceCommand } from './messages.js';
import { PageDevice } from './page-device.js';

/** A microphone that is open in the page, seen from Node. */
export class PageInput extends PageDevice implements AudioInput {
  readonly #samples: number;
  readonly #units = new AudioUnitQueue();
  #isMuted = false;
  /** Counts changes of `isMuted`: units of before may still be in flight. */
  #generation = 0;

  /** @param send sends to the page side */
  constructor(unitMs: AudioUnitMs, send: (command: DeviceCommand) => void) {
    super(send);
    this.#samples = samplesPerUnit(unitMs);
  }

  /**
   * Handles a unit of the page.
   *
   * @param generation the newest change of `setMuted` that the page obeys
   * @throws RangeError for a unit of another length than was asked for
   */
  deliver(unit: AudioUnit, generation: number): void {
    if (unit.samples !== this.#samples) throw new RangeError(`a unit of ${unit.samples} samples`);
    // The page did not know yet that the person is muted, or was for a moment.
    const mustBeSilent = generation !== this.#generation && !unit.muted;
    this.#units.put(mustBeSilent ? silent(unit) : unit);
  }

  setMuted(muted: boolean): void {
    if (muted === this.#isMuted || this.hasEnded) return;
    this.#isMuted = muted;
    this.#generation += 1;
    if (muted) this.#units.mute(silentPacket);
    this.command({ kind: 'muted', muted, generation: this.#generation });
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioUnit> {
    return this.#units[Symbol.asyncIterator]();
  }

  protected override onEnd(error: Error | undefined): void {
    this.#units.end(error);
  }
}

function silent(unit: AudioUnit): AudioUnit {
  return { ...unit, data: silentPacket(unit.samples), muted: true, level: 0 };
}
