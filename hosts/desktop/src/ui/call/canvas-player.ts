import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageFrame } from '../../messages/index.js';
import { useUi } from '../context.js';
import { createPlayer, type Player } from '../video/index.js';
import { PlaybackMonitor, type PlaybackState } from './playback-monitor.js';

/** How often it is looked whether the picture moves, ms; the player counts four times a second. */
const PERIOD_MS = 100;

/** A canvas that shows pictures. */
export interface CanvasPlayer {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Undefined until the canvas is there. */
  readonly player: Player | undefined;
  readonly playback: PlaybackState;
}

/**
 * Shows what `subscribe` gives on a canvas.
 *
 * @param of what they are of, by which it is announced that they come or stay away
 * @param generation whose pictures they are: for another there is another player, since a clock, a stream
 * and a last picture are one sender's. A canvas is given to one player only, so it must be another
 * then as well: the caller gives it the stay as its `key`.
 */
export function useCanvasPlayer(
  subscribe: (onFrame: (frame: PageFrame) => void) => () => void,
  of: 'remote' | 'preview',
  generation = 0,
): CanvasPlayer {
  const { client, dispatch } = useUi();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [player, setPlayer] = useState<Player>();
  const [playback, setPlayback] = useState<PlaybackState>('none');

  useEffect(() => {
    if (canvas.current === null) return undefined;
    const monitor = new PlaybackMonitor();
    const made = createPlayer(canvas.current, {
      onKeyFrameNeeded: () => {
        monitor.onKeyFrameNeeded();
        // Where that cannot be asked, the call is over or the app away: other parts say so.
        void client.request('call.requestKeyFrame', {}).catch(() => null);
      },
    });
    setPlayer(made);
    setPlayback('none');
    const end = subscribe((frame) => {
      monitor.onFrame(performance.now(), document.hidden);
      made.push(frame);
    });
    const timer = setInterval(() => {
      setPlayback(monitor.update(performance.now(), made.statistics(), document.hidden));
    }, PERIOD_MS);
    return () => {
      clearInterval(timer);
      end();
      made.close();
    };
    // What is subscribed to does not change.
  }, [client, generation]);
  useEffect(() => dispatch({ event: 'playback', of, playback }), [dispatch, of, playback]);
  return { canvas, player, playback };
}
