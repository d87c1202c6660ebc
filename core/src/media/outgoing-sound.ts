import type { AudioUnit } from '../contracts/audio.js';
import type { OutgoingUnit } from '../streams/outgoing-stream.js';
import { audioHeader, silentPacket } from '../wire/index.js';

/** A unit of the own microphone on its way, which can be muted as long as it waits. */
export class OutgoingSound implements OutgoingUnit {
  readonly #sequence: number;
  #unit: Omit<AudioUnit, 'level'>;

  constructor(unit: Omit<AudioUnit, 'level'>, sequence: number) {
    this.#unit = unit;
    this.#sequence = sequence;
  }

  readonly header = (number: number): Uint8Array => {
    const { capturedAt, samples, muted } = this.#unit;
    return audioHeader({ capturedAt, samples, muted, sequence: this.#sequence }, number);
  };

  get data(): Uint8Array {
    return this.#unit.data;
  }

  /** Puts silence in the place of its voice. */
  mute(): void {
    const { capturedAt, samples, muted } = this.#unit;
    if (muted) return;
    this.#unit = { capturedAt, samples, muted: true, data: silentPacket(samples) };
  }
}
