import { useRef } from 'preact/hooks';
import type { KnockView } from '../../messages/index.js';
import { knockLine } from '../call/state-text.js';
import { useUi } from '../context.js';
import type { Notice } from '../state.js';

/**
 * Live regions for screen readers: states when it is quiet, notices and guests at once. Regions that appear
 * together with their text are not read reliably, so they exist beforehand and only contain what
 * came since. A modal dialog hides the rest of the page, so each dialog contains an announcer of
 * its own.
 */
export function Announcer() {
  const { announcement, state } = useUi();
  const atFirst = useRef(announcement);
  const knock = useNew(state.call?.knocks[0]);
  return (
    <>
      <p class="unseen" role="status">
        {announcement !== atFirst.current && announcement.text}
      </p>
      <p class="unseen" role="alert">
        {useNewest(state.notices)?.failure.message}
      </p>
      <p class="unseen" role="alert">
        {/* Two people of the same name are two sentences. */}
        {knock && <span key={knock.id}>{knockLine(knock)}</span>}
      </p>
    </>
  );
}

/** The guest on the card, unless it is still the one of the beginning. */
function useNew(knock: KnockView | undefined): KnockView | undefined {
  const atFirst = useRef(knock?.id);
  if (atFirst.current !== knock?.id) atFirst.current = undefined;
  return atFirst.current === undefined ? knock : undefined;
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
