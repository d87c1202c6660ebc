import type { VideoKind } from '@roomkey/core/wire';
import type {
  ParticipantView,
  RemoteMicrophoneView,
  RemoteTrackView,
} from '../../messages/index.js';
import { useUi } from '../context.js';
import { Name } from '../parts/name.js';
import { isLost } from '../state.js';
import { useCanvasPlayer, type CanvasPlayer } from './canvas-player.js';
import { SoundMark } from './sound-mark.js';
import { TileState } from './tile-state.js';

/** The content of a participant's tile. */
export interface RemoteTile {
  /** Undefined without a participant. */
  readonly participant: ParticipantView | undefined;
  readonly track: VideoKind;
  readonly view: RemoteTrackView;
}

/** The canvas of a participant's track, below the other parts of its tile. */
export function useRemoteVideo({ participant, track, view }: RemoteTile): {
  readonly canvas: preact.JSX.Element;
  readonly player: CanvasPlayer['player'];
  readonly playback: CanvasPlayer['playback'];
} {
  const generation = useUi().state.generations[track];
  const { canvas, player, playback } = useCanvasPlayer('remote', track, generation);
  const isShown = participant !== undefined && view.kind === 'on' && playback !== 'none';
  return {
    canvas: (
      <div class={isShown ? 'picture' : 'picture away'}>
        <canvas key={generation} ref={canvas} />
      </div>
    ),
    player,
    playback,
  };
}

/** A small tile of a participant, beside a screen in the large tile. */
export function RemoteThumbnail({
  microphone,
  ...props
}: RemoteTile & {
  readonly participant: ParticipantView;
  readonly microphone: RemoteMicrophoneView;
}) {
  const { participant, view } = props;
  const { canvas, playback } = useRemoteVideo(props);
  const { state } = useUi();
  return (
    <section class="tile small" aria-label={`${participant.name}’s video`}>
      {canvas}
      {!isLost(state) && <NoVideo {...props} view={view} playback={playback} />}
      <p class="tile-label">
        <Name>{participant.name}</Name>
        <SoundMark of="speaker" view={microphone} />
      </p>
    </section>
  );
}

/** Says why the tile shows no video; empty if it shows one. */
export function NoVideo({
  participant,
  track,
  view,
  playback,
}: RemoteTile & {
  readonly participant: ParticipantView;
  readonly playback: CanvasPlayer['playback'];
}) {
  const name = <Name>{participant.name}</Name>;
  if (view.kind === 'off') {
    return (
      <TileState
        icon="camera-off"
        title={
          <>
            {name}’s {offText(view.reason)}
          </>
        }
      />
    );
  }
  switch (playback) {
    case 'none':
      return (
        <TileState
          icon="camera"
          title={
            <>
              {name}’s {track} starts…
            </>
          }
        />
      );
    case 'still':
      return <TileState icon="warning" title={<>{name}’s video is paused: slow connection</>} />;
    case 'stuck':
      return (
        <TileState icon="warning" title={<>{name}’s video can’t be played here</>}>
          Ask {name} to choose JPEG as the codec in Settings.
        </TileState>
      );
    case 'moving':
      return null;
  }
}

/** The state of a camera, as the end of a sentence. */
export function offText(reason: Extract<RemoteTrackView, { kind: 'off' }>['reason']): string {
  switch (reason) {
    case 'lost':
      return 'camera was disconnected';
    case 'failed':
      return 'camera stopped working';
    default:
      return 'camera is off';
  }
}
