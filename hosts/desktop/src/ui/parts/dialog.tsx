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
  readonly onClose: () => void;
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
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class="dialog-head">
        <h2 id={heading}>{title}</h2>
        <IconButton label="Close" icon="close" onClick={onClose} />
      </header>
      <div class="dialog-body">{children}</div>
      {footer !== undefined && <footer class="dialog-foot">{footer}</footer>}
    </dialog>
  );
}
