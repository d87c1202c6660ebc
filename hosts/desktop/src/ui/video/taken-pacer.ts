/** Interval at which a hidden window takes a unit, ms. */
const HIDDEN_INTERVAL_MS = 1_000;

/**
 * Reports which units were taken: at once while the window is visible, otherwise one per second, so
 * that the sender does not serve a hidden window.
 */
export class TakenPacer {
  readonly #onTaken: (number: number) => void;
  /** Units that were pushed and not yet reported as taken. */
  readonly #untaken = new Set<number>();
  /** Those of them that were drawn or skipped, oldest first. */
  readonly #held: number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onTaken: (number: number) => void) {
    this.#onTaken = onTaken;
  }

  /** Call for each unit that arrives. */
  add(number: number): void {
    this.#untaken.add(number);
  }

  /** Call for each unit that was drawn or skipped. */
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

  /** Call when drawing has ended, so that the sender need not wait. Idempotent. */
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
