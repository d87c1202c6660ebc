/** An amount that is used up, and comes back with time: bursts are possible, and the mean is bounded. */
export class Allowance {
  readonly #most: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #left: number;
  #at: number;

  /**
   * @param most what there is at the beginning, and at the most
   * @param perSecond what comes back
   * @param now ms of a monotonic clock
   */
  constructor(most: number, perSecond: number, now: () => number) {
    this.#most = most;
    this.#perMs = perSecond / 1000;
    this.#now = now;
    this.#left = most;
    this.#at = now();
  }

  /** Takes one. @returns false if none is left */
  take(): boolean {
    const now = this.#now();
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
