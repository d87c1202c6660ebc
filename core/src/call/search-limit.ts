import type { Clock } from '../util/clock.js';
import type { Absence, CallState } from './state.js';

/** How long a guest looks for a host that is gone, or waits to be accepted by one, ms. */
export const SEARCH_LIMIT_MS = 10 * 60_000;

/**
 * Bounds a guest's search for a host that was there. Who waits for a room that was not open yet waits
 * as long as they like, and so does who chose to (`Call.keepWaiting`).
 */
export class SearchLimit {
  readonly #clock: Clock;
  readonly #onOver: (absence: Absence) => void;
  #cancel: (() => void) | undefined;
  #absence: Absence | undefined;

  /** @param onOver the time is up, and the host has not come back */
  constructor(clock: Clock, onOver: (absence: Absence) => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** Takes note of the call's state, each time that it changes. */
  follow(state: CallState): void {
    const isSearching = state.phase === 'searching' || state.phase === 'connecting';
    const absence = isSearching && 'absence' in state ? state.absence : undefined;
    // A host that is back and does not recognise the guest is another matter, with its own time.
    if (absence === undefined || absence.kind !== this.#absence?.kind) {
      this.#cancel?.();
      this.#cancel = undefined;
    }
    this.#absence = absence;
    if (absence !== undefined) {
      this.#cancel ??= this.#clock.after(SEARCH_LIMIT_MS, () => this.#onOver(absence));
    }
  }
}
