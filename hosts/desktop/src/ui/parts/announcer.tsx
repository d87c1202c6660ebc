import { useRef } from 'preact/hooks';
import { statusLine } from '../call/words.js';
import { useUi } from '../context.js';
import type { Notice } from '../state.js';

/**
 * What a screen reader says by itself: states when it is quiet, notices at once. It is there before
 * them, since a region that comes with its text is not read, or read again; so it says only what has
 * come since. While a dialog is open nothing else can be read, and the dialog has one in itself.
 */
export function Announcer() {
  const { connection, page, call, notices } = useUi().state;
  const isHere = connection === 'open' && page === 'active';
  const status = isHere && call !== null ? statusLine(call) : '';
  const isLost = connection === 'lost';
  const state = isLost ? 'This window has lost Roomkey; trying again…' : status;
  return (
    <>
      <p class="unseen" role="status">
        {useNews(state)}
      </p>
      <p class="unseen" role="alert">
        {useNewest(notices)?.failure.message}
      </p>
    </>
  );
}

/** The text, once it is another than it was at first. */
function useNews(text: string): string | undefined {
  const known = useRef<string | undefined>(text);
  if (text !== known.current) known.current = undefined;
  return known.current === undefined ? text : undefined;
}

/** The notice that came last, while it is there: where it was closed, the one before is no news. */
function useNewest(notices: readonly Notice[]): Notice | undefined {
  const last = notices.at(-1);
  const known = useRef(last?.at ?? Number.NEGATIVE_INFINITY);
  const newest = useRef<Notice | undefined>(undefined);
  if (last !== undefined && last.at > known.current) {
    known.current = last.at;
    newest.current = last;
  }
  return last === newest.current ? last : undefined;
}
