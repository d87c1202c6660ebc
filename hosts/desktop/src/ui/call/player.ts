import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageFrame } from '../../messages/index.js';
import { useUi } from '../context.js';
import { createPlayer, type Player } from '../video/index.js';
import { Lateness } from './lateness.js';

/** After so long without a picture it is said that there is none, ms: what stands still is not live. */
const STILL_AFTER_MS = 4_000;

/** A canvas that shows pictures. */
export interface Screen {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Undefined until the canvas is there. */
  readonly player: Player | undefined;
  /**
   * `none` until the first picture; `still` where none has come for a while; `late` where they come,
   * and this machine is too slow to show most of them in time.
   */
  readonly picture: 'none' | 'moving' | 'still' | 'late';
}

/**
 * Shows what `subscribe` gives on a canvas.
 *
 * @param stay whose pictures they are: for another there is another player, since a clock, a stream
 * and a last picture are one sender's. A canvas is given to one player only, so it must be another
 * then as well: the caller gives it the stay as its `key`.
 */
export function useScreen(
  subscribe: (take: (frame: PageFrame) => void) => () => void,
  stay = 0,
): Screen {
  const { client } = useUi();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [player, setPlayer] = useState<Player>();
  const [picture, setPicture] = useState<Screen['picture']>('none');

  useEffect(() => {
    if (canvas.current === null) return undefined;
    const lateness = new Lateness();
    const made = createPlayer(canvas.current, {
      onKeyFrameNeeded: () => {
        lateness.keyFrameNeeded();
        // Where that cannot be asked, the call is over or the app away: other parts say so.
        void client.request('call.requestKeyFrame', {}).catch(() => null);
      },
    });
    setPlayer(made);
    setPicture('none');
    let cameAt = Number.NEGATIVE_INFINITY;
    const end = subscribe((frame) => {
      cameAt = performance.now();
      setPicture((before) => (before === 'late' ? before : 'moving'));
      made.push(frame);
    });
    const timer = setInterval(() => {
      const now = performance.now();
      if (document.hidden) lateness.reset();
      const isLate = !document.hidden && lateness.update(now, made.statistics());
      const isStill = now - cameAt > STILL_AFTER_MS;
      setPicture((before) => {
        if (before === 'none') return before;
        if (isStill) return 'still';
        return isLate ? 'late' : 'moving';
      });
    }, 1_000);
    return () => {
      clearInterval(timer);
      end();
      made.close();
    };
    // What is subscribed to does not change.
  }, [client, stay]);
  return { canvas, player, picture };
}
