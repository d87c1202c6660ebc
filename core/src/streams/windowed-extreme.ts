interface Part {
  readonly began: number;
  value: number;
}

/** The number of parts of the window; each part expires as a whole. */
const PARTS = 5;

/** The least or greatest value of a time window, in constant memory. */
export class WindowedExtreme {
  readonly #better: (a: number, b: number) => number;
  readonly #windowMs: number;
  /** The newest first. */
  #parts: Part[] = [];
  /** Of all parts: it is read more often than it changes. */
  #value: number | undefined;

  /** @param better `Math.min` or `Math.max` */
  constructor(better: (a: number, b: number) => number, windowMs: number) {
    this.#better = better;
    this.#windowMs = windowMs;
  }

  /** @param now milliseconds of a monotonic clock */
  add(value: number, now: number): void {
    const [newest] = this.#parts;
    if (newest !== undefined && now - newest.began < this.#windowMs / PARTS) {
      newest.value = this.#better(newest.value, value);
      this.#value = this.#better(this.#value ?? value, value);
      return;
    }
    const kept = this.#parts.filter(({ began }) => now - began < this.#windowMs);
    this.#parts = [{ began: now, value }, ...kept];
    this.#value = kept.reduce((best, part) => this.#better(best, part.value), value);
  }

  /** Keeps the last part even when all are old: an old value is better than none. */
  get value(): number | undefined {
    return this.#value;
  }
}
