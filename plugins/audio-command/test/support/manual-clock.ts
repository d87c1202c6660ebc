import { captureTime, type PacerClock } from '@roomkey/core';

interface Waiting {
  readonly at: number;
  readonly resolve: () => void;
}

/** How long what was woken may take until it waits again, or has ended, ms. */
const SETTLE_MS = 2000;
/** The same where nothing waits, as while a program starts. */
const IDLE_MS = 50;

/** A clock whose hands are turned by hand. What waits by it does its work before they go on. */
export class ManualClock implements PacerClock {
  #now = captureTime();
  #waiting: Waiting[] = [];

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const waiting: Waiting = {
        at: this.#now + ms,
        resolve: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** Turns on, stopping wherever something is due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    // A program has a pace of its own until it gave its first sound.
    await this.#until(1, IDLE_MS);
    for (;;) {
      const due = Math.min(...this.#waiting.map(({ at }) => at));
      if (due > end) break;
      this.#now = Math.max(this.#now, due);
      const woken = this.#waiting.filter(({ at }) => at <= due);
      const count = this.#waiting.length;
      this.#waiting = this.#waiting.filter(({ at }) => at > due);
      for (const { resolve } of woken) resolve();
      await this.#until(count, SETTLE_MS);
    }
    this.#now = end;
    await new Promise(setImmediate);
  }

  /** Lets others work until so many of them wait by this clock. */
  async #until(count: number, limitMs: number): Promise<void> {
    const limit = performance.now() + limitMs;
    while (this.#waiting.length < count && performance.now() < limit) {
      await new Promise(setImmediate);
    }
  }
}
