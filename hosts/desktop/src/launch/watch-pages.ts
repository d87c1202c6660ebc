/** The part of `DesktopApp` that is used here. */
export interface PageCount {
  readonly pages: number;
  onPages(listener: (count: number) => void): () => void;
}

/** Time without a page until the window counts as closed, ms. A reload is faster. */
export const GONE_AFTER_MS = 10_000;

/** Time without a first page until the user is told, ms. */
export const LATE_AFTER_MS = 20_000;

/** Callbacks as pages connect and disconnect. */
export interface PageListeners {
  /** Called when the first page connects. */
  readonly onFirst?: () => void;
  /** Called once, if no page connects for a long time. */
  readonly onLate?: () => void;
  /** Called each time the last page has gone and no other has connected since. */
  readonly onGone: () => void;
}

/** Watches the number of connected pages. @returns stops watching */
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
