import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { IconButton } from './button.js';

/**
 * A modal dialog of the browser's own: it keeps the focus inside, Escape asks to close it, and the
 * focus goes back to where it was. The first element with `autofocus`, else the first that can have
 * it, gets the focus.
 */
export function Dialog({
  title,
  onClose,
  children,
  footer,
  size = 'narrow',
}: {
  readonly title: ComponentChildren;
  /** Undefined while it must stay. */
  readonly onClose: (() => void) | undefined;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
  readonly size?: 'narrow' | 'wide';
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Closed before it is taken away: only then the browser gives the focus back.
    return () => element?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      class={`dialog ${size}`}
      aria-labelledby={heading}
      // Refusing `cancel` is not enough: at a second Escape a browser closes it all the same.
      closedby={onClose === undefined ? 'none' : 'closerequest'}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <IconButton
          label="Close"
          icon="close"
          isDisabled={onClose === undefined}
          onClick={() => onClose?.()}
        />
      </header>
      <div class="dialog-body">{children}</div>
      {footer !== undefined && <footer class="dialog-foot">{footer}</footer>}
    </dialog>
  );
}
