import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Makes the card of a new guest the next stop of Tab, wherever the focus is, without taking the focus
 * from what the user does. The stop is the card and not a button, so that a Tab and an Enter that
 * were meant for something else let no one in. The focus returns when the card disappears.
 *
 * @param id of the guest that the card shows
 */
export function useKnockFocus(id: string | undefined): void {
  const before = useRef<HTMLElement | undefined>(undefined);
  useLayoutEffect(() => {
    if (id !== undefined) return;
    if (document.activeElement === document.body) before.current?.focus();
    before.current = undefined;
  }, [id]);
  useEffect(() => {
    if (id === undefined) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Tab' || event.shiftKey) return;
      removeEventListener('keydown', onKey, true);
      const card = visibleCard();
      const focused = document.activeElement;
      if (card === undefined || card.contains(focused)) return;
      if (focused instanceof HTMLElement) before.current = focused;
      card.focus();
      event.preventDefault();
    };
    addEventListener('keydown', onKey, true);
    return () => removeEventListener('keydown', onKey, true);
  }, [id]);
}

/** The card of the window, or of the dialog over it. */
function visibleCard(): HTMLElement | undefined {
  const cards = Array.from(document.querySelectorAll<HTMLElement>('.knock'));
  return cards.find((card) => card.checkVisibility() && card.closest('[inert]') === null);
}
