/** Interval at which a hidden window consumes a unit, ms. */
const HIDDEN_INTERVAL_MS = 1_000;

/**
 * Reports which units were consumed: at once while the window is visible, otherwise one per second, so
 * that the sender does not serve a hidden window.
 */
export class ConsumptionPacer {
  readonly #onConsumed: (number: number) => void;
  /** Units that were pushed and not yet reported as consumed. */
  readonly #unconsumed = new Set<number>();
  /** Those of them that were drawn or skipped, oldest first. */
  readonly #held: number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onConsumed: (number: number) => void) {
    this.#onConsumed = onConsumed;
  }

  /** Call for each unit that arrives. */
  add(number: number): void {
    this.#unconsumed.add(number);
  }

  /** Call for each unit that was drawn or skipped. */
  consume(number: number): void {
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
    for (const number of this.#unconsumed) this.#pass(number);
  }

  #release(): void {
    const number = this.#held.shift();
    if (number !== undefined) this.#pass(number);
  }

  #pass(number: number): void {
    if (this.#unconsumed.delete(number)) this.#onConsumed(number);
  }
}
