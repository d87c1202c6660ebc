/**
 * Streams of one kind that a peer may open within `WINDOW_MS`: each may cost a decoder and tells the
 * user something, and no one switches a device on so often.
 */
const MAX_OPENS = 10;
const WINDOW_MS = 5_000;

/** How often a peer may open streams of one kind. */
export class OpenLimit {
  readonly #now: () => number;
  #recent: number[] = [];

  /** @param now ms of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts an opening. @returns false where there are too many */
  admit(): boolean {
    const now = this.#now();
    this.#recent = this.#recent.filter((at) => now - at < WINDOW_MS);
    if (this.#recent.length >= MAX_OPENS) return false;
    this.#recent.push(now);
    return true;
  }
}
