import { useEffect, useRef } from 'preact/hooks';
import type { CameraView } from '../../messages/index.js';
import { useUi } from '../context.js';
import { Spinner } from '../parts/spinner.js';
import { isLost } from '../state.js';
import { useCanvasPlayer } from './canvas-player.js';
import { TileState } from './tile-state.js';

/** The user's own video, or the state of the camera. */
export function LocalPicture({
  camera,
  isScreen,
}: {
  readonly camera: CameraView;
  readonly isScreen: boolean;
}) {
  const { settings } = useUi().state;
  const isMirrored = settings?.mirror === true && !isScreen;
  const picture = isMirrored ? 'picture mirrored' : 'picture';
  return (
    <section class="tile local" aria-label="Your picture">
      {camera.kind === 'off' && <TileState icon="camera-off" title="Your camera is off" />}
      {camera.kind === 'starting' && (
        <div class="tile-state">
          <Spinner size={28} />
          <p>{isScreen ? 'Starting to share your screen…' : 'Starting your camera…'}</p>
        </div>
      )}
      {camera.kind === 'failed' && (
        <TileState icon="warning" title={camera.failure.message} failure={camera.failure} />
      )}
      {camera.kind === 'on' &&
        (camera.preview ? <FramePreview class={picture} /> : <StreamPreview class={picture} />)}
      <p class="tile-label">{isScreen ? 'Your screen' : 'You'}</p>
    </section>
  );
}

/** A camera in Node.js: its frames arrive like the partner's. */
function FramePreview(props: { readonly class: string }) {
  const { media, state } = useUi();
  const { canvas, playback } = useCanvasPlayer((onFrame) => media.showPreview(onFrame), 'preview');
  return (
    <>
      <div class={props.class}>
        <canvas ref={canvas} />
      </div>
      {/* Unknown while the app does not answer. */}
      {playback === 'still' && !isLost(state) && (
        <TileState icon="warning" title="No picture comes from your camera now" />
      )}
    </>
  );
}

/** A camera of the browser: a media stream. */
function StreamPreview(props: { readonly class: string }) {
  const { media } = useUi();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(
    () =>
      media.showStream((stream) => {
        if (video.current !== null) video.current.srcObject = stream ?? null;
      }),
    [media],
  );
  return (
    <div class={props.class}>
      <video ref={video} autoplay muted playsInline />
    </div>
  );
}
