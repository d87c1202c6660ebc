import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { NumberedVideoUnit, VideoKind } from '@roomkey/core/wire';
import { useUi } from '../context.js';
import { createPlayer, type Player } from '../video/index.js';
import { PlaybackMonitor, type PlaybackState } from './playback-monitor.js';

/** How often it is checked whether the picture moves, ms; the player counts four times a second. */
const PERIOD_MS = 100;

/** A canvas that shows a track. */
export interface CanvasPlayer {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Undefined until the canvas is mounted. */
  readonly player: Player | undefined;
  readonly playback: PlaybackState;
}

/**
 * Shows a track on a canvas.
 *
 * @param of whose track it is
 * @param generation of the track: another stream gets another player, since it counts its units from 0,
 * and the last picture of the one before is not its own. A canvas is given to one player only, so it
 * must be another then as well: the caller gives it the generation as its `key`.
 */
export function useCanvasPlayer(
  of: 'remote' | 'preview',
  track: VideoKind,
  generation = 0,
): CanvasPlayer {
  const { client, dispatch, media } = useUi();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [player, setPlayer] = useState<Player>();
  const [playback, setPlayback] = useState<PlaybackState>('none');

  useEffect(() => {
    if (canvas.current === null) return undefined;
    const monitor = new PlaybackMonitor();
    const made = createPlayer(canvas.current, {
      onKeyFrameNeeded: () => {
        // Where that cannot be asked, the call is over or the app away: other parts say so.
        if (of === 'remote')
          void client.request('call.requestKeyFrame', { track }).catch(() => null);
      },
      onTaken: (number) => {
        if (of === 'remote') client.takeUnit(track, number);
      },
    });
    setPlayer(made);
    setPlayback('none');
    const onUnit = (unit: NumberedVideoUnit): void => {
      monitor.onUnit(performance.now(), document.hidden);
      made.push(unit);
    };
    const end =
      of === 'remote' ? media.showRemote(track, onUnit) : media.showPreview(track, onUnit);
    const onVisibility = (): void => made.setVisible(!document.hidden);
    onVisibility();
    document.addEventListener('visibilitychange', onVisibility);
    const timer = setInterval(() => {
      setPlayback(monitor.update(performance.now(), made.statistics().shown));
    }, PERIOD_MS);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      end();
      made.close();
    };
  }, [client, media, of, track, generation]);
  useEffect(() => {
    dispatch({ event: 'playback', of, track, playback });
  }, [dispatch, of, track, playback]);
  return { canvas, player, playback };
}
