import type { MicrophoneView, RemoteMicrophoneView } from '../../messages/index.js';
import { Icon } from '../parts/icon.js';
import { LevelBar } from '../parts/level-bar.js';

/** In the label of a tile: whether its person can be heard, and how loud. */
export function SoundMark({
  of,
  view,
}: {
  readonly of: 'microphone' | 'speaker';
  readonly view: MicrophoneView | RemoteMicrophoneView;
}) {
  const text = silentText(view);
  if (text === undefined) return <LevelBar of={of} />;
  return (
    <span class="sound-mark">
      <Icon name="microphone-off" size={14} /> {text}
    </span>
  );
}

function silentText(view: MicrophoneView | RemoteMicrophoneView): string | undefined {
  if (view.kind !== 'on') return 'microphone off';
  return view.muted ? 'muted' : undefined;
}
