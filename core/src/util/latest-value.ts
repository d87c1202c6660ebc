/**
 * A slot for one value: `put` writes over what was not taken yet, and iteration gives the newest.
 * For one consumer. This is how a slow consumer never meets a backlog.
 */
export class LatestValue<T> implements AsyncIterable<T> {
  #value: { readonly item: T } | undefined;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** @returns whether an older value was dropped for this one */
  put(item: T): boolean {
    if (this.#ended) return false;
    const dropped = this.#value !== undefined;
    this.#value = { item };
    this.#wake?.();
    return dropped;
  }

  /** Ends the iteration at once; with an error it throws that. The first end counts. */
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
