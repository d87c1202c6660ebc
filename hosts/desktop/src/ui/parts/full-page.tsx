import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.js';

/** A full-window state: what happened, why, and what to do next. */
export function FullPage({
  icon,
  isTrouble = false,
  title,
  children,
  actions,
}: {
  readonly icon: IconName;
  /** Marks a problem. */
  readonly isTrouble?: boolean;
  readonly title: ComponentChildren;
  readonly children: ComponentChildren;
  readonly actions?: ComponentChildren;
}) {
  return (
    <main class="full-page">
      <div class="full-page-inner">
        <span class={isTrouble ? 'emblem trouble' : 'emblem'}>
          <Icon name={icon} size={28} />
        </span>
        <h1 tabIndex={-1} data-first-focus>
          {title}
        </h1>
        <div class="full-page-text">{children}</div>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
    </main>
  );
}
