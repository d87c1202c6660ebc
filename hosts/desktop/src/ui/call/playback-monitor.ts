import { OverloadDetector, type FrameCounts } from './overload-detector.js';

/** After so long without a picture it is said that there is none, ms: what stands still is not live. */
const STILL_AFTER_MS = 4_000;

/**
 * What is known of a picture. `none`: nothing was shown yet; `still`: nothing has come for a while;
 * `stuck`: pictures come, and none of them is shown; `late`: this machine is too slow to show most of
 * them in time.
 */
export type PlaybackState = 'none' | 'moving' | 'still' | 'stuck' | 'late';

/** Watches whether pictures come, and whether they are shown. Times are ms of any clock. */
export class PlaybackMonitor {
  readonly #overload = new OverloadDetector();
  #shown = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  #cameAt = Number.NEGATIVE_INFINITY;
  /** Since when they come without a pause. */
  #comingSince = Number.NEGATIVE_INFINITY;

  /** A picture came. @param isHidden whether the window is hidden, so that nothing is drawn */
  onFrame(at: number, isHidden: boolean): void {
    if (at - this.#cameAt > STILL_AFTER_MS) this.#comingSince = at;
    this.#cameAt = at;
    if (isHidden) this.#shownAt = at;
  }

  /** A picture was lost on the way, or cannot be decoded. */
  onKeyFrameNeeded(): void {
    this.#overload.onKeyFrameNeeded();
  }

  /** @param counts of the player, so far */
  update(at: number, counts: FrameCounts, isHidden: boolean): PlaybackState {
    if (counts.shown > this.#shown) {
      this.#shown = counts.shown;
      this.#shownAt = at;
    }
    if (isHidden) this.#overload.reset();
    else if (this.#overload.update(at, counts)) return 'late';
    if (this.#shown > 0 && at - this.#shownAt <= STILL_AFTER_MS) return 'moving';
    const isComing = at - this.#cameAt <= STILL_AFTER_MS;
    const waitingSince = Math.max(this.#shownAt, this.#comingSince);
    if (isComing && at - waitingSince > STILL_AFTER_MS) return 'stuck';
    return this.#shown > 0 ? 'still' : 'none';
  }
}
