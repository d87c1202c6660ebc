import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.js';
import { Spinner } from './spinner.js';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: () => void;
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly type?: 'button' | 'submit';
  /** Id of the form that it submits, if it is outside of it. */
  readonly form?: string;
  readonly icon?: IconName;
  /** The button's action is running: it stays focusable and ignores clicks. */
  readonly isBusy?: boolean;
  /** Ignores clicks for a moment, like a busy one, without looking so. */
  readonly isPaused?: boolean;
  readonly isDisabled?: boolean;
}

export function Button({
  children,
  onClick,
  kind = 'plain',
  type = 'button',
  form,
  icon,
  isBusy = false,
  isPaused = false,
  isDisabled = false,
}: ButtonProps) {
  const isIgnoring = isBusy || isPaused;
  return (
    <button
      type={type}
      form={form}
      class={`button ${kind}`}
      // Not `disabled` while busy, which would lose the focus.
      aria-disabled={isIgnoring || undefined}
      disabled={isDisabled}
      onClick={(event) => {
        if (isIgnoring) event.preventDefault();
        else onClick?.();
      }}
    >
      {isBusy ? <Spinner /> : icon !== undefined && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </button>
  );
}

/** An icon-only button; the label is read out and shown as a tooltip. */
export function IconButton({
  label,
  icon,
  onClick,
  isDisabled = false,
  isPressed,
}: {
  readonly label: string;
  readonly icon: IconName;
  readonly onClick: () => void;
  readonly isDisabled?: boolean;
  /** For toggle buttons. */
  readonly isPressed?: boolean;
}) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      disabled={isDisabled}
      aria-pressed={isPressed}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
