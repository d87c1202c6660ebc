import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useUi } from '../context.js';
import { isLost, type Notice } from '../state.js';
import { Announcer } from './announcer.js';
import { IconButton } from './button.js';
import { NoticeList } from './notice-list.js';

/**
 * A modal dialog of the browser's own: it keeps the focus inside, Escape asks to close it, and the
 * focus goes back to where it was. The first element with `autofocus`, else the first that can have
 * it, gets the focus. Nothing outside of it can be heard or reached meanwhile, so that it shows the
 * notices, and has what is read out.
 */
export function Dialog({
  title,
  onClose,
  children,
  footer,
  size = 'narrow',
  about,
}: {
  readonly title: ComponentChildren;
  /** Undefined while it must stay. */
  readonly onClose: (() => void) | undefined;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
  readonly size?: 'narrow' | 'wide';
  /** A notice that it is opened from, and need not be said in it again. */
  readonly about?: Notice;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const { state, dispatch } = useUi();
  // A modal dialog is not inert by what it stands in.
  const isAway = isLost(state);

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    dispatch({ event: 'dialog', change: 1 });
    return () => {
      // Closed before it is taken away: only then the browser gives the focus back.
      element?.close();
      dispatch({ event: 'dialog', change: -1 });
    };
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
      <header class="dialog-head" inert={isAway}>
        <h2 id={heading}>{title}</h2>
        <IconButton
          label="Close"
          icon="close"
          isDisabled={onClose === undefined}
          onClick={() => onClose?.()}
        />
      </header>
      <Announcer />
      {/* The newest is seen where there is not room for all. */}
      <NoticeList isNewestFirst notices={state.notices.filter(({ id }) => id !== about?.id)} />
      <div class="dialog-body" inert={isAway}>
        {children}
      </div>
      {footer !== undefined && (
        <footer class="dialog-foot" inert={isAway}>
          {footer}
        </footer>
      )}
    </dialog>
  );
}
