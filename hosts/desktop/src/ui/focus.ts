/** Elements that should get the focus when nothing has it. */
const meant = '[data-first-focus], [autofocus]';
const able = 'button:enabled, input:enabled, select:enabled, summary, a[href], [tabindex]';

/**
 * Moves the focus when its element disappears, and when a window opens; otherwise keyboard users
 * would have to start from the top. Preference: the next element of the same kind, such as the next
 * notice; then the first control of the same part, such as “Stop” after “Share screen”; then the
 * element that the window marks, as soon as it exists.
 */
export function keepFocus(page: HTMLElement): void {
  /** The focused element and its ancestors, innermost first. */
  let path: readonly Element[] = [];
  page.addEventListener('focusin', ({ target }) => (path = pathOf(target)));
  new MutationObserver((changes) => {
    if (document.activeElement !== document.body || path[0]?.isConnected === true) return;
    const gone = path.findLast((element) => !element.isConnected);
    // The container of all windows is not a part of one.
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

/** The element after a removed one, if it is of the same kind. */
function nextOfKind(gone: Element, changes: readonly MutationRecord[]): HTMLElement | undefined {
  const change = changes.find(({ removedNodes }) => Array.from(removedNodes).includes(gone));
  const next = change?.nextSibling;
  if (!(next instanceof HTMLElement) || next.className !== gone.className) return undefined;
  return next.matches(able) ? next : find(next, able);
}

function find(element: Element, selector: string): HTMLElement | undefined {
  return element.querySelector<HTMLElement>(selector) ?? undefined;
}
