/** A part of `DesktopApp`. */
export interface PageCount {
  readonly pages: number;
  onPages(listener: (count: number) => void): () => void;
}

/** How long no page may be there before the window counts as closed, in ms: a reload is shorter. */
export const GONE_AFTER_MS = 10_000;

/** How long a browser may take until its page is there, in ms, before the person hears of it. */
export const LATE_AFTER_MS = 20_000;

/** What is called as pages come and go. */
export interface PageListeners {
  /** The first page came. */
  readonly onFirst?: () => void;
  /** None came for long; called once. */
  readonly onLate?: () => void;
  /** The last one went, and none came after it; called every time. */
  readonly onGone: () => void;
}

/** @returns ends it */
export function watchPages(app: PageCount, { onFirst, onLate, onGone }: PageListeners): () => void {
  let cameOnce = false;
  let timer = setTimeout(() => onLate?.(), LATE_AFTER_MS);
  const count = (pages: number): void => {
    if (pages > 0) {
      clearTimeout(timer);
      if (!cameOnce) onFirst?.();
      cameOnce = true;
    } else if (cameOnce) {
      clearTimeout(timer);
      timer = setTimeout(onGone, GONE_AFTER_MS);
    }
  };
  const stopListening = app.onPages(count);
  count(app.pages);
  return () => {
    clearTimeout(timer);
    stopListening();
  };
}
