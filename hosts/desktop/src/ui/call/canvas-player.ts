import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageFrame } from '../../messages/index.js';
import { useUi } from '../context.js';
import { createPlayer, type Player } from '../video/index.js';
import { PlaybackMonitor, type PlaybackState } from './playback-monitor.js';

/** Interval of checks, ms; the player updates its statistics four times a second. */
const PERIOD_MS = 100;

/** A canvas that plays video. */
export interface CanvasPlayer {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Undefined until the canvas is mounted. */
  readonly player: Player | undefined;
  readonly playback: PlaybackState;
}

/**
 * Plays the frames of `subscribe` on a canvas.
 *
 * @param of whose video it is, for announcements
 * @param generation generation of the sender: a new one needs a new player, since clock, stream and
 * last frame belong to one sender. A canvas can only be given to one player, so the caller also
 * uses the generation as the canvas's `key`.
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
        // A failed request means that the call is over or the app is gone; other parts show that.
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
    // `subscribe` never changes.
  }, [client, generation]);
  useEffect(() => dispatch({ event: 'playback', of, playback }), [dispatch, of, playback]);
  return { canvas, player, playback };
}
