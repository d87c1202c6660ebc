import { useEffect, useRef } from 'preact/hooks';
import type { Levels } from '../../messages/index.js';
import { useUi } from '../context.js';
import { meterShare } from './meter-share.js';

/** How loud it is now, at one end of sound. Screen readers get states and no levels. */
export function LevelBar({ of }: { readonly of: keyof Levels }) {
  const { levels } = useUi();
  const fill = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      levels.follow((now) => {
        // Not rendered by Preact, ten times a second.
        fill.current?.style.setProperty('scale', `${meterShare(now[of]).toFixed(2)} 1`);
      }),
    [levels, of],
  );
  return (
    <span class="level" aria-hidden="true">
      <span ref={fill} />
    </span>
  );
}
