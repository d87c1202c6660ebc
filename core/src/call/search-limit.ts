import type { Clock } from '../util/clock.js';
import type { LastPartner, CallState } from './state.js';

/** How long a guest searches for a host that left, or waits for a host to accept it, ms. */
export const SEARCH_LIMIT_MS = 10 * 60_000;

/**
 * Limits a guest's search for a host that left. Waiting for a room that was not open yet has no limit,
 * and neither has a search after `Call.keepWaiting`.
 */
export class SearchLimit {
  readonly #clock: Clock;
  readonly #onTimeout: (lastPartner: LastPartner) => void;
  #cancel: (() => void) | undefined;
  #lastPartner: LastPartner | undefined;

  /** @param onTimeout the host did not return in time */
  constructor(clock: Clock, onTimeout: (lastPartner: LastPartner) => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  /** Called with each new state of the call. */
  update(state: CallState): void {
    const isSearching = state.phase === 'searching' || state.phase === 'connecting';
    const lastPartner = isSearching && 'lastPartner' in state ? state.lastPartner : undefined;
    // A host that returned and has not accepted the guest starts a new time limit.
    if (lastPartner === undefined || lastPartner.kind !== this.#lastPartner?.kind) {
      this.#cancel?.();
      this.#cancel = undefined;
    }
    this.#lastPartner = lastPartner;
    if (lastPartner !== undefined) {
      this.#cancel ??= this.#clock.after(SEARCH_LIMIT_MS, () => this.#onTimeout(lastPartner));
    }
  }
}
