/** What an `AddressRateLimit` allows within each second. */
export interface RateLimits {
  /** From one address. */
  readonly perAddress: number;
  /** From all addresses together. */
  readonly total: number;
}

/**
 * Counts what comes from each address in windows of one second. Its table cannot be flooded with
 * addresses: an entry is made only for what is admitted, so there are at most `total`.
 */
export class AddressRateLimit {
  readonly #limits: RateLimits;
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #admitted = 0;
  #windowStart = -Infinity;

  /** @param now milliseconds of a clock that never goes back */
  constructor(limits: RateLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * Takes a place for one message, if there is one.
   *
   * @param total the limit for all addresses together, if this message's is a lower one
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
