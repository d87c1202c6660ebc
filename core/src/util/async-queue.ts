/** Values in the order in which they were put, for one consumer. What bounds it is its producer. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** Does nothing after the end. */
  put(item: T): void {
    if (this.#end !== undefined) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** Drops the oldest of what waits, as long as `isOver` says so. */
  dropWhile(isOver: (oldest: T) => boolean): void {
    for (let oldest; (oldest = this.#items[0]) !== undefined && isOver(oldest);)
      this.#items.shift();
  }

  /** Replaces each value that waits. */
  replaceEach(replace: (item: T) => T): void {
    this.#items.forEach((item, index) => (this.#items[index] = replace(item)));
  }

  /** Drops what waits. */
  clear(): void {
    this.#items.length = 0;
  }

  /** Ends the iteration at once; with an error it throws that. The first end counts. */
  end(error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.clear();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        yield item;
      } else if (this.#end !== undefined) {
        if (this.#end.error !== undefined) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    }
  }
}
