import { useEffect, useRef, useState } from 'preact/hooks';

/** Longer than the pause in a double click, which systems limit to about this, ms. */
const PAUSE_MS = 500;

/** Whether a press of a button is meant for what the card shows. */
export interface PressGuard {
  /** The card has changed just now: its buttons ignore input. */
  readonly isPaused: boolean;
  /** Call when a key or a pointer is pressed. */
  readonly onPress: (event: KeyboardEvent | PointerEvent) => void;
  /** Whether the press that leads to this click began while the card showed the same. */
  readonly isMeant: () => boolean;
}

/**
 * Makes sure that no one is let in by a press that was meant for someone else. The card changes by
 * itself, when a guest is let in, declined or gives up. The second click of a double click, or an
 * Enter on the way, would then decide about the next guest, and the user has not even seen the name.
 * So for half a second after each change the buttons ignore input, and a key or pointer that is held
 * down across a change does nothing.
 *
 * @param id of the guest that the card shows
 */
export function usePressGuard(id: string): PressGuard {
  const [seen, setSeen] = useState<string>();
  const pressed = useRef<string>(undefined);
  useEffect(() => {
    const timer = setTimeout(() => setSeen(id), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      setSeen(undefined);
    };
  }, [id]);
  return {
    isPaused: seen !== id,
    onPress: (event) => {
      if (!('repeat' in event && event.repeat)) pressed.current = id;
      // A button is pressed again each time that a held Enter repeats.
      else if (event.key === 'Enter') event.preventDefault();
    },
    isMeant: () => {
      // Screen readers click without a press.
      const isMeant = pressed.current === undefined || pressed.current === id;
      pressed.current = undefined;
      return isMeant;
    },
  };
}
