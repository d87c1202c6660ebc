import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Failure } from '../../messages/index.js';
import { Banner } from './banner.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';

/** A dialog with fields, and one thing that it does. */
export function FormDialog({
  title,
  action,
  isBusy,
  failure,
  onSubmit,
  onClose,
  children,
}: {
  readonly title: ComponentChildren;
  /** What the button says. */
  readonly action: string;
  readonly isBusy: boolean;
  /** Why it failed, where no field shows it. */
  readonly failure: Failure | undefined;
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const form = useId();
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={form} isBusy={isBusy}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={form}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void onSubmit();
        }}
      >
        {failure !== undefined && <Banner kind="error">{failure.message}</Banner>}
        {children}
      </form>
    </Dialog>
  );
}
