/**
 * Streams of one kind that a peer may open within `WINDOW_MS`: each may cost a decoder or a device and
 * tells the user something, and no one switches a device on so often.
 */
const MAX_OPENS = 10;
const WINDOW_MS = 5_000;

/** Limits how often a peer opens streams of one kind. */
export class OpenLimit {
  readonly #now: () => number;
  /** When the newest streams were opened. */
  #opens: number[] = [];

  /** @param now ms of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a stream that a peer opens. @returns false where there are too many */
  admit(): boolean {
    const now = this.#now();
    this.#opens = this.#opens.filter((at) => now - at < WINDOW_MS);
    if (this.#opens.length >= MAX_OPENS) return false;
    this.#opens.push(now);
    return true;
  }
}
