import { useState } from 'preact/hooks';
import { useUi } from '../context.js';
import type { Notice } from '../state.js';
import { AcceptPersonDialog } from './accept-person-dialog.js';
import { Button, IconButton } from './button.js';
import { Icon, type IconName } from './icon.js';

const icons = {
  camera: 'camera-off',
  refused: 'shield',
  storage: 'warning',
  app: 'warning',
} as const satisfies Record<Notice['topic'], IconName>;

/** What is to know and ends nothing, over the window until it is closed; the announcer reads it. */
export function Notices() {
  const { notices } = useUi().state;
  if (notices.length === 0) return null;
  return (
    <section class="notices" aria-label="Notices">
      {notices.map((notice) => (
        <NoticeView key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeView({ notice: { id, topic, failure } }: { readonly notice: Notice }) {
  const { dispatch } = useUi();
  const [isComparing, setComparing] = useState(false);
  const { person } = failure;
  const close = (): void => dispatch({ event: 'notice-closed', id });
  return (
    <div class="notice">
      <Icon name={icons[topic]} />
      <div class="notice-text">
        <p>{failure.message}</p>
        {person !== undefined && <Button onClick={() => setComparing(true)}>Compare…</Button>}
      </div>
      <IconButton label="Dismiss" icon="close" onClick={close} />
      {isComparing && person !== undefined && (
        <AcceptPersonDialog
          person={person}
          onClose={() => setComparing(false)}
          onAccepted={close}
        />
      )}
    </div>
  );
}
