import { useState } from 'preact/hooks';
import { useUi } from '../context.js';
import type { Notice } from '../state.js';
import { AcceptPersonDialog } from './accept-person-dialog.js';
import { NoticeList } from './notice-list.js';

/** Notices over the window, each shown until closed. Dialogs have their own list. */
export function Notices() {
  const { state, dispatch } = useUi();
  const [compared, setCompared] = useState<Notice>();
  const close = (): void => setCompared(undefined);
  return (
    <>
      <NoticeList notices={state.notices} onCompare={setCompared} />
      {compared?.failure.person !== undefined && (
        <AcceptPersonDialog
          person={compared.failure.person}
          action="It is theirs: accept"
          note="If they’re still waiting, they can join as soon as you accept."
          notice={compared}
          onClose={close}
          onAccepted={() => {
            close();
            dispatch({ event: 'notice-closed', id: compared.id });
          }}
        />
      )}
    </>
  );
}
