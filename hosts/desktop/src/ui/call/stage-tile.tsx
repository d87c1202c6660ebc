import { useEffect, useState } from 'preact/hooks';
import type { VideoKind } from '@roomkey/core/wire';
import type { CallView, ParticipantView } from '../../messages/index.js';
import { useUi } from '../context.js';
import { IconButton } from '../parts/button.js';
import { Fingerprint } from '../parts/fingerprint.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { Spinner } from '../parts/spinner.js';
import { isLost } from '../state.js';
import { HostLeftActions } from './host-left.js';
import { NoVideo, useRemoteVideo } from './remote-video.js';
import { SoundMark } from './sound-mark.js';
import { Statistics } from './statistics.js';
import { TileState } from './tile-state.js';
import { waitingText, type WaitingPhase } from './state-text.js';

/** The large tile: a participant’s screen or camera, or a text while there is none. */
export function StageTile({
  call,
  state,
  track,
}: {
  readonly call: CallView;
  readonly state: Exclude<CallView['state'], { phase: 'ended' }>;
  readonly track: VideoKind;
}) {
  const { state: ui } = useUi();
  const participant = state.phase === 'live' ? state.participants[0] : undefined;
  const tile = { participant, track, view: call.remote[track] };
  const { canvas, player, playback } = useRemoteVideo(tile);
  const { isFull, toggle } = useFullscreen();
  return (
    <section class="tile remote" aria-label={labelOf(participant, track)}>
      {canvas}
      {isLost(ui) ? (
        <AppLost />
      ) : state.phase !== 'live' ? (
        <Waiting state={state} room={call.room} />
      ) : (
        <NoVideo {...tile} participant={state.participants[0]} playback={playback} />
      )}
      {participant !== undefined && (
        <>
          <p class="tile-label">
            <Name>{participant.name}</Name>
            {track === 'screen' ? (
              ' shares their screen'
            ) : (
              <SoundMark of="speaker" view={call.remoteMicrophone} />
            )}
          </p>
          {ui.settings?.statistics === true && player !== undefined && (
            <Statistics participant={participant} track={track} player={player} />
          )}
        </>
      )}
      {(participant !== undefined || isFull) && (
        <div class="tile-tools">
          <IconButton
            label={isFull ? 'Leave full screen' : 'Full screen'}
            icon="fullscreen"
            onClick={toggle}
          />
        </div>
      )}
    </section>
  );
}

function labelOf(participant: ParticipantView | undefined, track: VideoKind): string {
  if (participant === undefined) return 'Your partner’s video';
  return track === 'screen' ? `${participant.name}’s screen` : `${participant.name}’s video`;
}

function Waiting({
  state,
  room,
}: {
  readonly state: WaitingPhase;
  readonly room: CallView['room'];
}) {
  const { account } = useUi().state;
  const { title, text } = waitingText(state, room);
  const isUnaccepted = 'lastPartner' in state && state.lastPartner.kind === 'unaccepted';
  const isLeft = !room.mine && 'lastPartner' in state && state.lastPartner.kind === 'left';
  return (
    <div class="tile-state">
      {isLeft ? <Icon name="door" size={28} /> : <Spinner size={28} />}
      {/* Focus the heading, not a button: the user may just be pressing Enter. */}
      <h2 tabIndex={-1} data-first-focus>
        {title}
      </h2>
      <p class="tile-hint">{text}</p>
      {isLeft && <HostLeftActions room={room} />}
      {isUnaccepted && account && <Fingerprint value={account.fingerprint} />}
    </div>
  );
}

/** The last known state may be outdated. */
function AppLost() {
  return <TileState icon="unplugged" title="Reconnecting to Roomkey…" />;
}

/**
 * Controls full screen. The whole page fills the screen, not just the video, so that notices,
 * dialogs and controls stay visible. CSS enlarges the video.
 */
function useFullscreen(): { readonly isFull: boolean; readonly toggle: () => void } {
  const [isFull, setFull] = useState(isFullNow);
  useEffect(() => {
    const update = (): void => setFull(isFullNow());
    document.addEventListener('fullscreenchange', update);
    return () => {
      document.removeEventListener('fullscreenchange', update);
      // Other windows have no button to leave full screen.
      if (isFullNow()) leave();
    };
  }, []);
  return { isFull, toggle: isFull ? leave : enter };
}

const isFullNow = (): boolean => document.fullscreenElement !== null;

// A refusal by the browser is ignored.
const enter = (): void => void document.documentElement.requestFullscreen().catch(() => null);
const leave = (): void => void document.exitFullscreen().catch(() => null);
