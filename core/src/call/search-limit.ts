import type { Clock } from '../util/clock.js';
import type { LastPartner, CallState } from './state.js';

/** How long a guest looks for a host that is gone, or waits to be accepted by one, ms. */
export const SEARCH_LIMIT_MS = 10 * 60_000;

/**
 * Bounds a guest's search for a host that was there. Who waits for a room that was not open yet waits
 * as long as they like, and so does who chose to (`Call.keepWaiting`).
 */
export class SearchLimit {
  readonly #clock: Clock;
  readonly #onTimeout: (absence: LastPartner) => void;
  #cancel: (() => void) | undefined;
  #lastPartner: LastPartner | undefined;

  /** @param onTimeout the time is up, and the host has not come back */
  constructor(clock: Clock, onTimeout: (absence: LastPartner) => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  /** Takes note of the call's state, each time that it changes. */
  update(state: CallState): void {
    const isSearching = state.phase === 'searching' || state.phase === 'connecting';
    const absence = isSearching && 'absence' in state ? state.absence : undefined;
    // A host that is back and does not recognise the guest is another matter, with its own time.
    if (absence === undefined || absence.kind !== this.#lastPartner?.kind) {
      this.#cancel?.();
      this.#cancel = undefined;
    }
    this.#lastPartner = absence;
    if (absence !== undefined) {
      this.#cancel ??= this.#clock.after(SEARCH_LIMIT_MS, () => this.#onTimeout(absence));
    }
  }
}
