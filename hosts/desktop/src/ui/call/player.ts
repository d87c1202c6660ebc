import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageFrame } from '../../messages/index.js';
import { useUi } from '../context.js';
import { createPlayer, type Player } from '../video/index.js';

/** After so long without a picture it is said that there is none, ms: what stands still is not live. */
const STILL_AFTER_MS = 4_000;

/** A canvas that shows pictures. */
export interface Screen {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Undefined until the canvas is there. */
  readonly player: Player | undefined;
  /** `none` until the first picture; `still` where none has come for a while. */
  readonly picture: 'none' | 'moving' | 'still';
}

/**
 * Shows what `subscribe` gives on a canvas; the canvas must not change while the caller is there.
 *
 * @param isExpected false: what was shown belongs to somebody who is gone
 */
export function useScreen(
  subscribe: (take: (frame: PageFrame) => void) => () => void,
  isExpected = true,
): Screen {
  const { client } = useUi();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [player, setPlayer] = useState<Player>();
  const [picture, setPicture] = useState<Screen['picture']>('none');

  useEffect(() => {
    if (canvas.current === null) return undefined;
    const made = createPlayer(canvas.current, {
      // Where that cannot be asked, the call is over or the app away: other parts say so.
      onKeyFrameNeeded: () => void client.request('call.requestKeyFrame', {}).catch(() => null),
    });
    setPlayer(made);
    let cameAt = Number.NEGATIVE_INFINITY;
    const end = subscribe((frame) => {
      cameAt = performance.now();
      setPicture('moving');
      made.push(frame);
    });
    const timer = setInterval(() => {
      const isLate = performance.now() - cameAt > STILL_AFTER_MS;
      setPicture((before) => (before === 'moving' && isLate ? 'still' : before));
    }, 1_000);
    return () => {
      clearInterval(timer);
      end();
      made.close();
    };
    // A canvas is given to a player once; what is subscribed to does not change either.
  }, [client]);
  useEffect(() => {
    if (!isExpected) setPicture('none');
  }, [isExpected]);
  return { canvas, player, picture };
}
