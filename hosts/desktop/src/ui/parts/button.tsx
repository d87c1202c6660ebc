import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.js';
import { Spinner } from './spinner.js';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick?: () => void;
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly type?: 'button' | 'submit';
  /** The form that it submits, where it stands outside of it. */
  readonly form?: string;
  readonly icon?: IconName;
  /** Work goes on that the button began: it can be focused, and does nothing. */
  readonly isBusy?: boolean;
  readonly isDisabled?: boolean;
  /** For a button that is either on or off. */
  readonly isPressed?: boolean;
}

export function Button({
  children,
  onClick,
  kind = 'plain',
  type = 'button',
  form,
  icon,
  isBusy = false,
  isDisabled = false,
  isPressed,
}: ButtonProps) {
  return (
    <button
      type={type}
      form={form}
      class={`button ${kind}`}
      // Not `disabled` while busy: the focus would be lost.
      aria-disabled={isBusy || undefined}
      disabled={isDisabled}
      aria-pressed={isPressed}
      onClick={(event) => {
        if (isBusy) event.preventDefault();
        else onClick?.();
      }}
    >
      {isBusy ? <Spinner /> : icon !== undefined && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </button>
  );
}

/** A button of which only the icon is seen; the label is read out, and shown as a tip. */
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
