import type { ComponentChildren } from 'preact';
import type { FailureView } from '../../messages/index.js';
import { IconButton } from './button.js';
import { FailureDetails } from './failure-details.js';
import { Icon, type IconName } from './icon.js';

/** Information above the content that it concerns. */
export function Banner({
  kind,
  icon = 'warning',
  children,
  action,
  onClose,
}: {
  readonly kind: 'error' | 'information';
  readonly icon?: IconName;
  readonly children: ComponentChildren;
  readonly action?: ComponentChildren;
  readonly onClose?: () => void;
}) {
  return (
    <div class={`banner ${kind}`} role={kind === 'error' ? 'alert' : undefined}>
      <Icon name={icon} />
      <div class="banner-text">{children}</div>
      {action}
      {onClose !== undefined && <IconButton label="Dismiss" icon="close" onClick={onClose} />}
    </div>
  );
}

/** Shows a failure, if there is one. */
export function FailureBanner({
  failure,
  onClose,
}: {
  readonly failure: FailureView | null | undefined;
  readonly onClose?: () => void;
}) {
  if (failure === null || failure === undefined) return null;
  return (
    <Banner kind="error" {...(onClose !== undefined && { onClose })}>
      {failure.message}
      <FailureDetails failure={failure} />
    </Banner>
  );
}
