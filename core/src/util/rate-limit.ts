/** Limits per second. */
export interface RateLimits {
  /** Per address. */
  readonly perAddress: number;
  /** For all addresses together. */
  readonly total: number;
}

/**
 * Rate limit per address, in windows of one second. Its table cannot be flooded with addresses:
 * only admitted messages make an entry, so it has at most `total`.
 */
export class AddressRateLimit {
  readonly #limits: RateLimits;
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #admitted = 0;
  #windowStart = -Infinity;

  /** @param now monotonic clock, ms */
  constructor(limits: RateLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * Counts one message, if the limits allow it.
   *
   * @param total a lower limit for all addresses together
   */
  admit(address: string, total = this.#limits.total): boolean {
    const now = this.#now();
    if (now - this.#windowStart >= 1_000) {
      this.#windowStart = now;
      this.#counts.clear();
      this.#admitted = 0;
    }
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#limits.perAddress || this.#admitted >= total) return false;
    this.#counts.set(address, count + 1);
    this.#admitted += 1;
    return true;
  }
}
