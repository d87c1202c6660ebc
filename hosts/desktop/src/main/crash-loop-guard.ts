/** How long after a crash another one is not answered by loading the page again, in ms. */
const CALM_MS = 60_000;

/** Whether a page that crashed is loaded again by itself: not in a circle. */
export class CrashLoopGuard {
  #last = -Infinity;

  /** @param now ms */
  shouldReload(now: number): boolean {
    const isCalm = now - this.#last >= CALM_MS;
    this.#last = now;
    return isCalm;
  }
}
