import { useUi } from '../context.js';
import { IconButton } from './button.js';
import { Icon, type IconName } from './icon.js';

const icons = {
  camera: 'camera-off',
  refused: 'shield',
  storage: 'warning',
  app: 'warning',
} as const satisfies Record<string, IconName>;

/** What is to know and ends nothing, over the window until it is closed; the announcer reads it. */
export function Notices() {
  const { state, dispatch } = useUi();
  if (state.notices.length === 0) return null;
  return (
    <section class="notices" aria-label="Notices">
      {state.notices.map(({ id, topic, failure }) => (
        <div key={id} class="notice">
          <Icon name={icons[topic]} />
          <p>{failure.message}</p>
          <IconButton
            label="Dismiss"
            icon="close"
            onClick={() => dispatch({ event: 'notice-closed', id })}
          />
        </div>
      ))}
    </section>
  );
}
