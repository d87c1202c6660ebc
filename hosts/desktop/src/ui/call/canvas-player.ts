import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { NumberedVideoUnit, VideoKind } from '@roomkey/core/wire';
import { useUi } from '../context.js';
import { createPlayer, type Player } from '../video/index.js';
import { PlaybackMonitor, type PlaybackState } from './playback-monitor.js';

/** Interval of the check whether the video moves, ms; the player counts four times a second. */
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
 * @param of the owner of the track
 * @param generation of the track: each stream gets a new player, since its units count from 0, and the
 * last picture of the previous stream is not its own. A canvas belongs to one player only, so the
 * caller passes the generation as its `key`, which makes a new canvas too.
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
        // If this fails, the call is over or the app is gone; other parts of the window say so.
        if (of === 'remote')
          void client.request('call.requestKeyFrame', { track }).catch(() => null);
      },
      onConsumed: (number) => {
        if (of === 'remote') client.consumeUnit(track, number);
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
