/**
 * A slot for one value: `put` overwrites a value that was not taken yet; iteration yields the
 * newest. For one consumer. A slow consumer never gets a backlog.
 */
export class LatestValue<T> implements AsyncIterable<T> {
  #value: { readonly item: T } | undefined;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** @returns whether this replaced an older value */
  put(item: T): boolean {
    if (this.#ended) return false;
    const dropped = this.#value !== undefined;
    this.#value = { item };
    this.#wake?.();
    return dropped;
  }

  /** Ends the iteration at once, with an error if given. Only the first call has an effect. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#value = undefined;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const value = this.#value;
      if (value !== undefined) {
        this.#value = undefined;
        yield value.item;
      } else if (this.#ended) {
        if (this.#error !== undefined) throw this.#error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }
}
