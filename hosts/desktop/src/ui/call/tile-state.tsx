import type { ComponentChildren } from 'preact';
import type { FailureView } from '../../messages/index.js';
import { FailureDetails } from '../parts/failure-details.js';
import { Icon, type IconName } from '../parts/icon.js';

/** Replaces the video of a tile and says why there is none. */
export function TileState({
  icon,
  title,
  children,
  failure,
}: {
  readonly icon: IconName;
  readonly title: ComponentChildren;
  /** Advice. */
  readonly children?: ComponentChildren;
  /** The failure, if something failed. */
  readonly failure?: FailureView;
}) {
  return (
    <div class="tile-state">
      <Icon name={icon} size={28} />
      <p>{title}</p>
      {children !== undefined && <p class="tile-hint">{children}</p>}
      {failure !== undefined && <FailureDetails failure={failure} />}
    </div>
  );
}
