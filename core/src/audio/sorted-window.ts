/**
 * The values of a time window in ascending order, in memory that never grows. Adding and removing moves
 * a few kilobytes, so that reading a quantile is free.
 */
export class SortedWindow {
  readonly #windowMs: number;
  /** Rings in order of arrival. */
  readonly #values: Float64Array;
  readonly #times: Float64Array;
  readonly #sorted: Float64Array;
  #oldest = 0;
  #size = 0;

  /** @param capacity the number of values; the oldest makes room for one more */
  constructor(capacity: number, windowMs: number) {
    this.#windowMs = windowMs;
    this.#values = new Float64Array(capacity);
    this.#times = new Float64Array(capacity);
    this.#sorted = new Float64Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /**
   * The least value that a share of all values, 0…1, does not exceed: of 0, the least of all; 0 if there
   * are none.
   */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.#size));
    return this.#size === 0 ? 0 : (this.#sorted[rank - 1] ?? 0);
  }

  /** @param now milliseconds */
  add(value: number, now: number): void {
    const capacity = this.#values.length;
    while (this.#size > 0 && now - (this.#times[this.#oldest] ?? 0) >= this.#windowMs) {
      this.#removeOldest();
    }
    if (this.#size === capacity) this.#removeOldest();
    const newest = (this.#oldest + this.#size) % capacity;
    this.#values[newest] = value;
    this.#times[newest] = now;
    const at = this.#rankOf(value);
    this.#sorted.copyWithin(at + 1, at, this.#size);
    this.#sorted[at] = value;
    this.#size += 1;
  }

  clear(): void {
    this.#oldest = 0;
    this.#size = 0;
  }

  #removeOldest(): void {
    const value = this.#values[this.#oldest] ?? 0;
    const at = this.#rankOf(value);
    this.#sorted.copyWithin(at, at + 1, this.#size);
    this.#oldest = (this.#oldest + 1) % this.#values.length;
    this.#size -= 1;
  }

  /** The number of values below this one. */
  #rankOf(value: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
