const nothing = (): void => undefined;

/** Runs commands one after another, in the order in which they were given. */
export class SerialQueue {
  #last: Promise<void> = Promise.resolve();

  /** What the command gives, or why it failed; a failure holds up none of the others. */
  run<T>(command: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(() => command());
    // What it gave is not kept until the next one.
    this.#last = result.then(nothing, nothing);
    return result;
  }
}
