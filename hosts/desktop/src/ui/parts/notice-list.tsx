import { useUi } from '../context.js';
import type { Notice } from '../state.js';
import { Button, IconButton } from './button.js';
import { FailureDetails } from './failure-details.js';
import { Icon, type IconName } from './icon.js';

const icons = {
  camera: 'camera-off',
  screen: 'screen',
  microphone: 'microphone-off',
  screenAudio: 'screen',
  speaker: 'speaker',
  screenSpeaker: 'speaker',
  refused: 'shield',
  storage: 'warning',
  app: 'warning',
} as const satisfies Record<Notice['topic'], IconName>;

/** More would cover the video. The others appear as notices are closed. */
const MAX_SHOWN = 3;

/** The latest notices, each with a close button; the announcer reads them. */
export function NoticeList({
  notices,
  isNewestFirst = false,
  onCompare,
}: {
  /** Newest last. */
  readonly notices: readonly Notice[];
  readonly isNewestFirst?: boolean;
  /** Opens the comparison for a changed identity; omitted inside a dialog. */
  readonly onCompare?: (notice: Notice) => void;
}) {
  const { dispatch } = useUi();
  if (notices.length === 0) return null;
  const shown = notices.slice(-MAX_SHOWN);
  const waiting = notices.length - shown.length;
  return (
    <section class="notices" aria-label="Notices">
      {(isNewestFirst ? shown.toReversed() : shown).map((notice) => (
        <div key={notice.id} class="notice">
          <Icon name={icons[notice.topic]} />
          <div class="notice-text">
            <p>{notice.failure.message}</p>
            <FailureDetails failure={notice.failure} />
            {notice.failure.person !== undefined && onCompare !== undefined && (
              <Button onClick={() => onCompare(notice)}>Compare…</Button>
            )}
          </div>
          <IconButton
            label="Dismiss"
            icon="close"
            onClick={() => dispatch({ event: 'notice-closed', id: notice.id })}
          />
        </div>
      ))}
      {waiting > 0 && <p class="muted small">{waiting} more. Dismiss one of these to see it.</p>}
    </section>
  );
}
