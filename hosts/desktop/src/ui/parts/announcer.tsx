import { useRef } from 'preact/hooks';
import { useUi } from '../context.js';
import type { Notice } from '../state.js';

/**
 * What a screen reader says by itself: states when it is quiet, notices at once. It is there before
 * them, since a region that comes with its text is not read, or read again; so it says only what has
 * come since. While a dialog is open nothing else can be read, and the dialog has one in itself.
 */
export function Announcer() {
  const { announcement, state } = useUi();
  const atFirst = useRef(announcement);
  return (
    <>
      <p class="unseen" role="status">
        {announcement !== atFirst.current && announcement.text}
      </p>
      <p class="unseen" role="alert">
        {useNewest(state.notices)?.failure.message}
      </p>
    </>
  );
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
