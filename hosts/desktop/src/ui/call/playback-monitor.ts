import { OverloadDetector, type FrameCounts } from './overload-detector.js';

/** Time without a frame after which the video counts as stopped, ms. */
const STILL_AFTER_MS = 4_000;

/**
 * State of a video. `none`: nothing shown yet. `still`: no frames for a while. `stuck`: frames
 * arrive but none is shown. `late`: this computer is too slow for most of them.
 */
export type PlaybackState = 'none' | 'moving' | 'still' | 'stuck' | 'late';

/** Monitors whether frames arrive and are shown. Times are ms of any clock. */
export class PlaybackMonitor {
  readonly #overload = new OverloadDetector();
  #shown = 0;
  #shownAt = Number.NEGATIVE_INFINITY;
  #cameAt = Number.NEGATIVE_INFINITY;
  /** Start of the current uninterrupted run of frames. */
  #comingSince = Number.NEGATIVE_INFINITY;

  /** Call for each frame. @param isHidden whether the window is hidden, so that nothing is drawn */
  onFrame(at: number, isHidden: boolean): void {
    if (at - this.#cameAt > STILL_AFTER_MS) this.#comingSince = at;
    this.#cameAt = at;
    if (isHidden) this.#shownAt = at;
  }

  /** Call when a frame was lost or cannot be decoded. */
  onKeyFrameNeeded(): void {
    this.#overload.onKeyFrameNeeded();
  }

  /** @param counts totals of the player */
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
