const nothing = (): void => undefined;

/** Runs commands one after another, in call order. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();

  /** Resolves or rejects as the command does; a failure does not stop the queue. */
  run<T>(command: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(() => command());
    // Don't retain the result until the next command.
    this.#last = result.then(nothing, nothing);
    return result;
  }
}
