import type { MicrophoneView } from '../../messages/index.js';
import { Icon } from '../parts/icon.js';
import { LevelBar } from '../parts/level-bar.js';
import type { MicrophoneControls } from './microphone-controls.js';

/** Marks the button whose own state a screen reader reads when it is pressed. */
export const MICROPHONE_KEY = 'M';

/** Mutes the microphone, or turns it on; with its level. */
export function MicrophoneButton({
  view,
  controls,
}: {
  readonly view: MicrophoneView;
  readonly controls: MicrophoneControls;
}) {
  const { label, title } = textOf(view);
  const isOn = view.kind === 'on' || view.kind === 'starting';
  return (
    <button
      type="button"
      class={view.kind === 'failed' ? 'icon-button microphone failed' : 'icon-button microphone'}
      aria-label={label}
      title={title}
      aria-pressed={isOn ? view.muted : undefined}
      aria-keyshortcuts={MICROPHONE_KEY}
      onClick={controls.toggle}
    >
      <Icon name={isOn && !view.muted ? 'microphone' : 'microphone-off'} />
      <LevelBar of="microphone" />
    </button>
  );
}

function textOf(view: MicrophoneView): { readonly label: string; readonly title: string } {
  switch (view.kind) {
    case 'failed':
      return { label: 'Turn on microphone', title: `${view.failure.message} (M: try again)` };
    case 'off':
      return { label: 'Turn on microphone', title: 'Turn on microphone (M)' };
    case 'starting':
    case 'on':
      return {
        label: 'Mute',
        title: view.muted ? 'Unmute (M), or hold space to talk' : 'Mute (M)',
      };
  }
}
