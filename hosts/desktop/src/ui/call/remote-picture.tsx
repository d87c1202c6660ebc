import { useEffect, useState } from 'preact/hooks';
import type { CallView } from '../../messages/index.js';
import { useUi } from '../context.js';
import { IconButton } from '../parts/button.js';
import { Fingerprint } from '../parts/fingerprint.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { Spinner } from '../parts/spinner.js';
import { isLost } from '../state.js';
import { HostLeftActions } from './host-left.js';
import type { PlaybackState } from './playback-monitor.js';
import { useCanvasPlayer } from './canvas-player.js';
import { Statistics } from './statistics.js';
import { TileState } from './tile-state.js';
import { waitingText, type WaitingPhase } from './state-text.js';

/** The partner's video, or what the call waits for. */
export function RemotePicture({
  state,
  room,
}: {
  readonly state: Exclude<CallView['state'], { phase: 'ended' }>;
  readonly room: CallView['room'];
}) {
  const { media, state: ui } = useUi();
  const isLive = state.phase === 'live';
  const { canvas, player, playback } = useCanvasPlayer(
    (onFrame) => media.showRemote(onFrame),
    'remote',
    ui.partnerGeneration,
  );
  const { isFull, toggle } = useFullscreen();
  return (
    <section class="tile remote" aria-label="Your partner’s picture">
      <div class={isLive && playback !== 'none' ? 'picture' : 'picture away'}>
        <canvas key={ui.partnerGeneration} ref={canvas} />
      </div>
      {isLost(ui) ? (
        <AppLost />
      ) : state.phase !== 'live' ? (
        <Waiting state={state} room={room} />
      ) : (
        playback !== 'moving' && <NoPicture why={playback} partner={state.partner.name} />
      )}
      {isLive && (
        <>
          <p class="tile-label">
            <Name>{state.partner.name}</Name>
          </p>
          {ui.settings?.statistics === true && player !== undefined && (
            <Statistics live={state} player={player} />
          )}
        </>
      )}
      {(isLive || isFull) && (
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

function Waiting({
  state,
  room,
}: {
  readonly state: WaitingPhase;
  readonly room: CallView['room'];
}) {
  const { account } = useUi().state;
  const { title, text } = waitingText(state, room);
  const isUnaccepted = 'absence' in state && state.absence.kind === 'unaccepted';
  const isLeft = !room.mine && 'absence' in state && state.absence.kind === 'left';
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

/** Why there is no video, as far as known here. */
function NoPicture({
  why,
  partner,
}: {
  readonly why: Exclude<PlaybackState, 'moving'>;
  readonly partner: string;
}) {
  const name = <Name>{partner}</Name>;
  switch (why) {
    case 'none':
    case 'still':
      return (
        <TileState
          icon="camera-off"
          title={
            <>
              {why === 'none' ? 'No picture yet from ' : 'No picture now from '}
              {name}
            </>
          }
        >
          Their camera may be off, or the connection slow.
        </TileState>
      );
    case 'stuck':
      return (
        <TileState icon="warning" title={<>Pictures come from {name}, and none can be shown</>}>
          If that lasts, ask {name} to choose JPEG as the codec in Settings.
        </TileState>
      );
    case 'late':
      return (
        <TileState icon="warning" title="This computer is too busy to show the picture in time">
          Close other programs, or ask {name} to choose a smaller resolution in Settings.
        </TileState>
      );
  }
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
