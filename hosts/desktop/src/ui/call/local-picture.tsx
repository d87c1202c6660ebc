import { useEffect, useRef } from 'preact/hooks';
import type { CameraView } from '../../messages/index.js';
import { useUi } from '../context.js';
import { Icon } from '../parts/icon.js';
import { Spinner } from '../parts/spinner.js';
import { useScreen } from './player.js';
import { sharesScreen } from './shared-screen.js';

/** The own camera's picture, or what became of it. */
export function LocalPicture({ camera }: { readonly camera: CameraView }) {
  const { settings } = useUi().state;
  const isScreen = sharesScreen(camera, settings);
  const isMirrored = settings?.mirror === true && !isScreen;
  return (
    <section class="tile local" aria-label="Your picture">
      <div class={isMirrored ? 'picture mirrored' : 'picture'}>
        {camera.kind === 'on' && (camera.preview ? <FramePreview /> : <StreamPreview />)}
      </div>
      {camera.kind !== 'on' && (
        <div class="tile-state" aria-live="polite">
          {camera.kind === 'off' && (
            <>
              <Icon name="camera-off" size={28} />
              <p>Your camera is off</p>
            </>
          )}
          {camera.kind === 'starting' && (
            <>
              <Spinner size={28} />
              <p>{isScreen ? 'Starting to share your screen…' : 'Starting your camera…'}</p>
            </>
          )}
          {camera.kind === 'failed' && (
            <>
              <Icon name="warning" size={28} />
              <p>{camera.failure.message}</p>
            </>
          )}
        </div>
      )}
      <p class="tile-label">{isScreen ? 'Your screen' : 'You'}</p>
    </section>
  );
}

/** The camera is one of Node's: its frames come as the partner's do. */
function FramePreview() {
  const { pictures } = useUi();
  const { canvas } = useScreen((take) => pictures.showPreview(take));
  return <canvas ref={canvas} />;
}

/** The camera is the page's own. */
function StreamPreview() {
  const { pictures } = useUi();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(
    () =>
      pictures.showStream((stream) => {
        if (video.current !== null) video.current.srcObject = stream ?? null;
      }),
    [pictures],
  );
  return <video ref={video} autoplay muted playsInline />;
}
