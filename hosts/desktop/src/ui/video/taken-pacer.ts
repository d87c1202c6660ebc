/** How often a hidden window takes a unit, ms: nothing of it is seen. */
const HIDDEN_INTERVAL_MS = 1_000;

/**
 * Passes on which units were taken: at once where the window is seen, else one a second, so that the
 * sender does not serve a window that is not seen.
 */
export class TakenPacer {
  readonly #onTaken: (number: number) => void;
  /** Units that were pushed, and of which it was not passed on that they were taken. */
  readonly #untaken = new Set<number>();
  /** Those of them that were drawn or skipped, the oldest first. */
  readonly #held: number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onTaken: (number: number) => void) {
    this.#onTaken = onTaken;
  }

  /** A unit comes. */
  add(number: number): void {
    this.#untaken.add(number);
  }

  /** A unit was drawn or skipped. */
  take(number: number): void {
    if (this.#timer === undefined) this.#pass(number);
    else this.#held.push(number);
  }

  setVisible(visible: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (visible) for (const number of this.#held.splice(0)) this.#pass(number);
    else this.#timer = setInterval(() => this.#release(), HIDDEN_INTERVAL_MS);
  }

  /** Nothing is drawn any more: the sender need not wait. Can be called twice. */
  close(): void {
    clearInterval(this.#timer);
    for (const number of this.#untaken) this.#pass(number);
  }

  #release(): void {
    const number = this.#held.shift();
    if (number !== undefined) this.#pass(number);
  }

  #pass(number: number): void {
    if (this.#untaken.delete(number)) this.#onTaken(number);
  }
}
