/** Time after a crash in which a second crash does not reload the page, ms. */
const CALM_MS = 60_000;

/** Decides whether a crashed page is reloaded, and prevents a crash loop. */
export class CrashLoopGuard {
  #last = -Infinity;

  /** Records a crash. @param now ms */
  shouldReload(now: number): boolean {
    const isCalm = now - this.#last >= CALM_MS;
    this.#last = now;
    return isCalm;
  }
}
