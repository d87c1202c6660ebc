/** Elements that should get the focus when nothing has it. */
const meant = '[data-first-focus], [autofocus]';
const able = 'button:enabled, input:enabled, select:enabled, summary, a[href], [tabindex]';

/**
 * Moves the focus when its element disappears, and when a window opens; otherwise keyboard users
 * would have to start from the top. Preference: the next element of the same kind, such as the next
 * notice; then the first control of the same part, such as “Stop” after “Share screen”; then the
 * element that the window marks, as soon as it exists.
 *
 * In a call, a button gives the focus up after a click: space, held, would press it instead of
 * talking. Tab goes on from it.
 */
export function keepFocus(page: HTMLElement): void {
  /** The focused element and its ancestors, innermost first. */
  let path: readonly Element[] = [];
  page.addEventListener('focusin', ({ target }) => (path = pathOf(target)));
  const onClick = ({ detail, target }: MouseEvent): void => {
    const call = page.querySelector('.call-window');
    // Clicks of a keyboard or a screen reader have no count.
    if (call === null || detail === 0 || !(target instanceof Element)) return;
    const button = target.closest<HTMLElement>('button, summary');
    if (button?.closest('dialog') !== null) return;
    button.blur();
    path = pathOf(call);
  };
  // Before the button acts: a dialog that it opens would give it the focus back.
  page.addEventListener('click', onClick, { capture: true });
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
