import type { AudioInputRequest } from '../contracts/audio.js';
import { audioUnitLengths, type AudioUnitMs } from '../wire/index.js';

/**
 * The length of the units that a request asks for, ms.
 *
 * @throws RangeError if it is none of `audioUnitLengths`
 */
export function requestedUnitMs({ unitMs = 20 }: AudioInputRequest): AudioUnitMs {
  if (!audioUnitLengths.includes(unitMs)) {
    throw new RangeError(
      `A unit of sound has ${audioUnitLengths.join(' or ')} ms, not ${String(unitMs)}.`,
    );
  }
  return unitMs;
}

/** @throws RangeError unless it is 0…1 */
export function checkVolume(volume: number): void {
  if (!(volume >= 0 && volume <= 1)) {
    throw new RangeError(`The volume must be 0…1, not ${volume}.`);
  }
}
