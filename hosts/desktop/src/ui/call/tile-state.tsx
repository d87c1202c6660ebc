import type { ComponentChildren } from 'preact';
import type { FailureView } from '../../messages/index.js';
import { FailureDetails } from '../parts/failure-details.js';
import { Icon, type IconName } from '../parts/icon.js';

/** Why a tile has no picture, in its place. */
export function TileState({
  icon,
  title,
  children,
  failure,
}: {
  readonly icon: IconName;
  readonly title: ComponentChildren;
  /** What may help. */
  readonly children?: ComponentChildren;
  /** What it is, where something failed. */
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
