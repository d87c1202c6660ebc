/** After this time without a picture the window says so, ms: a frozen picture is not live. */
const STILL_AFTER_MS = 4_000;

/**
 * The playback of a track that is on. `none`: nothing was shown yet; `still`: no unit has arrived for a
 * while; `stuck`: units arrive, and no picture is shown.
 */
export type PlaybackState = 'none' | 'moving' | 'still' | 'stuck';

/** Monitors whether units arrive and are shown. Times are ms of any clock. */
export class PlaybackMonitor {
  #shown = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  #cameAt = Number.NEGATIVE_INFINITY;
  /** The time since which units arrive without a pause. */
  #comingSince = Number.NEGATIVE_INFINITY;

  /** Call for each unit. @param isHidden whether the window is hidden, so that nothing is drawn */
  onUnit(at: number, isHidden: boolean): void {
    if (at - this.#cameAt > STILL_AFTER_MS) this.#comingSince = at;
    this.#cameAt = at;
    if (isHidden) this.#shownAt = at;
  }

  /** @param shown how many pictures the player has drawn so far */
  update(at: number, shown: number): PlaybackState {
    if (shown > this.#shown) {
      this.#shown = shown;
      this.#shownAt = at;
    }
    if (this.#shown > 0 && at - this.#shownAt <= STILL_AFTER_MS) return 'moving';
    const isComing = at - this.#cameAt <= STILL_AFTER_MS;
    const waitingSince = Math.max(this.#shownAt, this.#comingSince);
    if (isComing && at - waitingSince > STILL_AFTER_MS) return 'stuck';
    return this.#shown > 0 ? 'still' : 'none';
  }
}
