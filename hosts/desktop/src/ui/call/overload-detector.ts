/** Observation window, ms. */
const WINDOW_MS = 5_000;
/**
 * Share of dropped frames that counts as overload. At one half the video still moves, as with 60
 * fps on a 30 Hz display.
 */
const MOST = 0.8;
/** Minimum number of frames for a verdict. */
const MIN_PICTURES = 10;

/** The part of `PlayerStatistics` that is used here. */
export interface FrameCounts {
  readonly shown: number;
  readonly dropped: number;
}

/** Detects that this computer is too slow and drops most frames. */
export class OverloadDetector {
  /** Counts of the last five seconds, oldest first. */
  #counted: (FrameCounts & { readonly at: number })[] = [];
  /**
   * Frames shown when a key frame was requested: until more are shown, the missing key frame is the
   * cause.
   */
  #shownAtAsking: number | undefined;

  /** Call when a frame was lost or cannot be decoded: then the computer is not to blame. */
  onKeyFrameNeeded(): void {
    this.#shownAtAsking = this.#counted.at(-1)?.shown ?? 0;
    this.#counted = [];
  }

  /** Restarts the observation, for example while the window is hidden and nothing is drawn. */
  reset(): void {
    this.#counted = [];
  }

  /**
   * @param at now, ms of any clock
   * @returns whether most frames of the last five seconds were dropped
   */
  update(at: number, { shown, dropped }: FrameCounts): boolean {
    if (this.#shownAtAsking !== undefined) {
      if (shown <= this.#shownAtAsking) return false;
      this.#shownAtAsking = undefined;
    }
    this.#counted.push({ at, shown, dropped });
    // Keep one sample older than the window, as proof of its full length.
    while ((this.#counted[1]?.at ?? Infinity) <= at - WINDOW_MS) this.#counted.shift();
    const [first] = this.#counted;
    if (first === undefined || first.at > at - WINDOW_MS) return false;
    const lost = dropped - first.dropped;
    const all = lost + shown - first.shown;
    return all >= MIN_PICTURES && lost >= all * MOST;
  }
}
