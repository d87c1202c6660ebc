import { useEffect, useRef } from 'preact/hooks';
import type { FailureView, MicrophoneView } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';

/** What the user can do with the own microphone. */
export interface MicrophoneControls {
  /** Mutes, gives the voice back, or turns it on. */
  readonly toggle: () => void;
  /** Of the last request. */
  readonly failure: FailureView | undefined;
}

/** Elements that take letters themselves. */
const TYPING =
  'input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]';
/** Elements that take space themselves. */
const PRESSING = `${TYPING}, input, button, summary, a[href], [role=option], [role=listbox]`;

/** Controls of the own microphone, and their keys: M, and space held to talk while muted. */
export function useMicrophone(view: MicrophoneView): MicrophoneControls {
  const start = useRequest('call.startMicrophone', 'sent');
  const setMuted = useRequest('call.setMuted', 'sent');
  const { dialogs } = useUi().state;
  const toggle = (): void => {
    if (view.kind === 'off' || view.kind === 'failed') void start.run({});
    else void setMuted.run({ muted: !view.muted });
  };
  // One listener for all renders, so that a held key is not forgotten between two of them.
  const now = useRef({ view, toggle, mute: setMuted.run, isFree: dialogs === 0 });
  now.current = { view, toggle, mute: setMuted.run, isFree: dialogs === 0 };
  useEffect(() => {
    let isTalking = false;
    const stopTalking = (): void => {
      if (!isTalking) return;
      isTalking = false;
      void now.current.mute({ muted: true });
    };
    const onDown = (event: KeyboardEvent): void => {
      const { view: current, isFree, ...act } = now.current;
      if (isTalking && event.code === 'Space') event.preventDefault();
      if (event.repeat || hasModifier(event) || event.defaultPrevented) return;
      // Also in a dialog, which lies over the button.
      if (isM(event) && !isIn(event, TYPING)) act.toggle();
      else if (event.code === 'Space' && isFree && !isIn(event, PRESSING)) {
        // The page would scroll.
        event.preventDefault();
        if (current.kind !== 'on' || !current.muted) return;
        isTalking = true;
        void act.mute({ muted: false });
      }
    };
    const onUp = ({ code }: KeyboardEvent): void => {
      if (code === 'Space') stopTalking();
    };
    const closing = new AbortController();
    const { signal } = closing;
    addEventListener('keydown', onDown, { signal });
    addEventListener('keyup', onUp, { signal });
    // The key may be released elsewhere.
    addEventListener('blur', stopTalking, { signal });
    return () => {
      stopTalking();
      closing.abort();
    };
  }, []);
  // A failed microphone is reported by its own state, and one that runs may have started elsewhere.
  const failure = view.kind === 'off' ? start.failure : undefined;
  return { toggle, failure: failure ?? setMuted.failure };
}

function hasModifier({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey;
}

/** By the letter; on keyboards without Latin letters by the place. */
function isM({ key, code }: KeyboardEvent): boolean {
  return key.toLowerCase() === 'm' || (code === 'KeyM' && !/^[a-z]$/iu.test(key));
}

function isIn({ target }: KeyboardEvent, selector: string): boolean {
  return target instanceof Element && target.closest(selector) !== null;
}
