import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { KnockCard } from '../call/knock-card.js';
import { useUi } from '../context.js';
import { isLost, type Notice } from '../state.js';
import { Announcer } from './announcer.js';
import { IconButton } from './button.js';
import { NoticeList } from './notice-list.js';

/**
 * A native modal dialog: it traps the focus, Escape requests closing, and closing restores the
 * focus. The first element with `autofocus`, else the first focusable one, gets the focus. The rest
 * of the page is inert, so the dialog shows the notices and who knocks, and contains an announcer.
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
  /** Undefined while it must stay open. */
  readonly onClose: (() => void) | undefined;
  readonly children: ComponentChildren;
  readonly footer?: ComponentChildren;
  readonly size?: 'narrow' | 'wide';
  /** The notice that it was opened from, which it does not repeat. */
  readonly about?: Notice;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const { state, dispatch } = useUi();
  // A modal dialog does not inherit `inert`.
  const isAway = isLost(state);

  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    dispatch({ event: 'dialog', change: 1 });
    return () => {
      // Close before removing it: only then the browser restores the focus.
      element?.close();
      dispatch({ event: 'dialog', change: -1 });
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      class={`dialog ${size}`}
      aria-labelledby={heading}
      // Preventing `cancel` is not enough: a second Escape closes it anyway.
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
      <KnockCard />
      {/* Newest first, so that it is visible when space is short. */}
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
