import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CallView } from '../../messages/index.js';
import { useUi } from '../context.js';
import { IconButton } from '../parts/button.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { Spinner } from '../parts/spinner.js';
import { useScreen } from './player.js';
import { Statistics } from './statistics.js';
import { waitingWords, type WaitingPhase } from './words.js';

/** The partner's picture, or what is waited for. */
export function RemotePicture({
  state,
  room,
}: {
  readonly state: Exclude<CallView['state'], { phase: 'ended' }>;
  readonly room: CallView['room'];
}) {
  const { pictures, state: ui } = useUi();
  const isLive = state.phase === 'live';
  const { canvas, player, picture } = useScreen((take) => pictures.showRemote(take), ui.stay);
  const tile = useRef<HTMLElement>(null);
  const isFull = useFullscreen();

  const toggle = (): void => {
    // Where the browser refuses, nothing happens, as people know it of browsers.
    void (isFull ? document.exitFullscreen() : tile.current?.requestFullscreen())?.catch(
      () => null,
    );
  };
  return (
    <section ref={tile} class="tile remote" aria-label="Your partner’s picture">
      <div class={isLive && picture !== 'none' ? 'picture' : 'picture away'}>
        <canvas key={ui.stay} ref={canvas} />
      </div>
      {state.phase !== 'live' && <Waiting state={state} room={room} />}
      {isLive && picture !== 'moving' && (
        <TileState>
          <NoPicture why={picture} partner={state.partner.name} />
        </TileState>
      )}
      {isLive && (
        <>
          <p class="tile-label">
            <Name>{state.partner.name}</Name>
          </p>
          {ui.settings?.statistics === true && player !== undefined && (
            <Statistics live={state} player={player} />
          )}
          <div class="tile-tools" onDblClick={(event) => event.stopPropagation()}>
            <IconButton
              label={isFull ? 'Leave full screen' : 'Full screen'}
              icon="fullscreen"
              onClick={toggle}
            />
          </div>
        </>
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
  const { title, text } = waitingWords(state, room);
  return (
    <TileState>
      <Spinner size={28} />
      <h2>{title}</h2>
      <p class="tile-hint">{text}</p>
    </TileState>
  );
}

/** Why there is none at the moment, as far as it is known here. */
function NoPicture({
  why,
  partner,
}: {
  readonly why: 'none' | 'still' | 'late';
  readonly partner: string;
}) {
  if (why === 'late') {
    return (
      <>
        <Icon name="warning" size={28} />
        <p>This computer is too busy to show the picture in time</p>
        <p class="tile-hint">
          Close other programs, or ask <Name>{partner}</Name> to choose a smaller resolution in
          Settings.
        </p>
      </>
    );
  }
  return (
    <>
      <Icon name="camera-off" size={28} />
      <p>
        {why === 'none' ? 'No picture yet from ' : 'No picture now from '}
        <Name>{partner}</Name>
      </p>
      <p class="tile-hint">Their camera may be off, or the connection slow.</p>
    </>
  );
}

function TileState({ children }: { readonly children: ComponentChildren }) {
  return <div class="tile-state">{children}</div>;
}

function useFullscreen(): boolean {
  const [isFull, setFull] = useState(false);
  useEffect(() => {
    const look = (): void => setFull(document.fullscreenElement !== null);
    document.addEventListener('fullscreenchange', look);
    return () => document.removeEventListener('fullscreenchange', look);
  }, []);
  return isFull;
}
