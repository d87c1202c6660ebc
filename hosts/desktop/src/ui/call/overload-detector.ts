/** How long most pictures must have been late before it is said, ms. */
const WINDOW_MS = 5_000;
/** Which share of the pictures: at half of them it still moves, as 60 a second do on a screen of 30. */
const MOST = 0.8;
/** Fewer pictures say nothing. */
const MIN_PICTURES = 10;

/** A part of `PlayerStatistics`. */
export interface FrameCounts {
  readonly shown: number;
  readonly dropped: number;
}

/** Watches whether this machine shows pictures in time, or has to drop most of those that come. */
export class OverloadDetector {
  /** Of the last five seconds, the oldest first. */
  #counted: (FrameCounts & { readonly at: number })[] = [];
  /** What was shown when a key frame was asked for: until more is, it is that which is missing. */
  #shownAtAsking: number | undefined;

  /** A picture was lost on the way, or cannot be decoded: the machine is not to blame. */
  onKeyFrameNeeded(): void {
    this.#shownAtAsking = this.#counted.at(-1)?.shown ?? 0;
    this.#counted = [];
  }

  /** Begins anew, as where the window is hidden, so that nothing is drawn. */
  reset(): void {
    this.#counted = [];
  }

  /**
   * @param at now, ms of any clock
   * @returns whether most pictures of the last five seconds were dropped
   */
  update(at: number, { shown, dropped }: FrameCounts): boolean {
    if (this.#shownAtAsking !== undefined) {
      if (shown <= this.#shownAtAsking) return false;
      this.#shownAtAsking = undefined;
    }
    this.#counted.push({ at, shown, dropped });
    // One at least as old as the window stays, so that it is known that it was watched so long.
    while ((this.#counted[1]?.at ?? Infinity) <= at - WINDOW_MS) this.#counted.shift();
    const [first] = this.#counted;
    if (first === undefined || first.at > at - WINDOW_MS) return false;
    const lost = dropped - first.dropped;
    const all = lost + shown - first.shown;
    return all >= MIN_PICTURES && lost >= all * MOST;
  }
}
