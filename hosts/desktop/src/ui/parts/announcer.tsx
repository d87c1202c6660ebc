import { useRef } from 'preact/hooks';
import { useUi } from '../context.js';
import type { Notice } from '../state.js';

/**
 * Live regions for screen readers: states when it is quiet, notices at once. Regions that appear
 * together with their text are not read reliably, so they exist beforehand and only contain what
 * came since. A modal dialog hides the rest of the page, so each dialog contains an announcer of
 * its own.
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

/** The latest notice while it exists. If it is closed, the previous one is not news. */
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
