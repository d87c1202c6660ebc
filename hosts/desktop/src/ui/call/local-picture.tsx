import { useEffect, useRef } from 'preact/hooks';
import type { VideoKind } from '@roomkey/core/wire';
import type { LocalTrackView, MicrophoneView } from '../../messages/index.js';
import { useUi } from '../context.js';
import { Spinner } from '../parts/spinner.js';
import { isLost } from '../state.js';
import { useCanvasPlayer } from './canvas-player.js';
import { SoundMark } from './sound-mark.js';
import { TileState } from './tile-state.js';

const texts = {
  camera: {
    label: 'You',
    region: 'Your video',
    starting: 'Starting your camera…',
    still: 'Your camera stopped working',
  },
  screen: {
    label: 'Your screen',
    region: 'Your screen',
    starting: 'Starting screen sharing…',
    still: 'Your screen isn’t captured now',
  },
} as const;

/** The own camera or screen, or its state while it is off. */
export function LocalPicture({
  track,
  view,
  microphone,
  hasSound = false,
}: {
  readonly track: VideoKind;
  readonly view: LocalTrackView;
  /** The own microphone, shown with the camera. */
  readonly microphone?: MicrophoneView;
  /** Whether the sound of the screen is sent with it. */
  readonly hasSound?: boolean;
}) {
  const { settings } = useUi().state;
  const isMirrored = settings?.mirror === true && track === 'camera';
  const picture = isMirrored ? 'picture mirrored' : 'picture';
  const { label, region, starting } = texts[track];
  return (
    <section class="tile small local" aria-label={region}>
      {view.kind === 'off' && <TileState icon="camera-off" title="Your camera is off" />}
      {view.kind === 'starting' && (
        <div class="tile-state">
          <Spinner size={28} />
          <p>{starting}</p>
        </div>
      )}
      {view.kind === 'failed' && (
        <TileState icon="warning" title={view.failure.message} failure={view.failure} />
      )}
      {view.kind === 'on' &&
        (view.preview ? (
          <UnitPreview track={track} class={picture} />
        ) : (
          <StreamPreview track={track} class={picture} />
        ))}
      <p class="tile-label">
        {label}
        {hasSound && ' with sound'}
        {microphone !== undefined && <SoundMark of="microphone" view={microphone} />}
      </p>
    </section>
  );
}

/** For a source in Node.js, whose units arrive like a participant's. */
function UnitPreview({ track, ...props }: { readonly track: VideoKind; readonly class: string }) {
  const { state } = useUi();
  const { canvas, playback } = useCanvasPlayer('preview', track);
  return (
    <>
      <div class={props.class}>
        <canvas ref={canvas} />
      </div>
      {/* Unknown while the app does not answer. */}
      {playback === 'still' && !isLost(state) && (
        <TileState icon="warning" title={texts[track].still} />
      )}
    </>
  );
}

/** For a source in the page. */
function StreamPreview({ track, ...props }: { readonly track: VideoKind; readonly class: string }) {
  const { media } = useUi();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(
    () =>
      media.showStream(track, (stream) => {
        if (video.current !== null) video.current.srcObject = stream ?? null;
      }),
    [media, track],
  );
  return (
    <div class={props.class}>
      <video ref={video} autoplay muted playsInline />
    </div>
  );
}
