/** What is meant to have the focus where nothing has it. */
const meant = '[data-first-focus], [autofocus]';
const able = 'button:enabled, input:enabled, select:enabled, summary, a[href], [tabindex]';

/**
 * Gives the focus a place when what has it goes away, and when a window comes: it would be nowhere,
 * and who has no mouse would begin anew. Next to what went away something of its kind may get it, as
 * the next notice, else what is first in the part where it stood, as “Stop” for “Share screen”; and
 * else what the window means to have it, as soon as that is there.
 */
export function keepFocus(page: HTMLElement): void {
  /** What has the focus, and what it is in, from the inside. */
  let path: readonly Element[] = [];
  page.addEventListener('focusin', ({ target }) => (path = pathOf(target)));
  new MutationObserver((changes) => {
    if (document.activeElement !== document.body || path[0]?.isConnected === true) return;
    const gone = path.findLast((element) => !element.isConnected);
    // What holds all windows is no part of one of them.
    const around = path.filter(
      (element) => element.isConnected && page.contains(element) && !element.matches('.window'),
    );
    const [part = page, ...windows] = around;
    const heir =
      (gone && nextOfKind(gone, changes)) ??
      find(part, meant) ??
      (part === page ? undefined : find(part, able)) ??
      windows.map((element) => find(element, meant)).find(Boolean);
    heir?.focus();
  }).observe(page, { childList: true, subtree: true });
}

function pathOf(target: EventTarget | null): readonly Element[] {
  const path: Element[] = [];
  for (let at = target as Element | null; at !== null; at = at.parentElement) path.push(at);
  return path;
}

/** What stood after an element that was removed, where it is of the same kind. */
function nextOfKind(gone: Element, changes: readonly MutationRecord[]): HTMLElement | undefined {
  const change = changes.find(({ removedNodes }) => Array.from(removedNodes).includes(gone));
  const next = change?.nextSibling;
  if (!(next instanceof HTMLElement) || next.className !== gone.className) return undefined;
  return next.matches(able) ? next : find(next, able);
}

function find(element: Element, selector: string): HTMLElement | undefined {
  return element.querySelector<HTMLElement>(selector) ?? undefined;
}
