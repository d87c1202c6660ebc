import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from '../parts/icon.js';

/** Why a tile has no picture, in its place. */
export function TileState({
  icon,
  title,
  children,
}: {
  readonly icon: IconName;
  readonly title: ComponentChildren;
  /** What may help. */
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="tile-state">
      <Icon name={icon} size={28} />
      <p>{title}</p>
      {children !== undefined && <p class="tile-hint">{children}</p>}
    </div>
  );
}
