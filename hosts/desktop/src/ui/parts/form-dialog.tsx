import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Method, ParamsOf, ResultOf } from '../../messages/index.js';
import type { Form } from '../form.js';
import { FailureBanner } from './banner.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';

/** A dialog with fields and one request. */
export function FormDialog<M extends Method>({
  title,
  action,
  isDanger = false,
  form,
  params,
  onDone,
  onClose,
  children,
}: {
  readonly title: ComponentChildren;
  /** Label of the button. */
  readonly action: string;
  /** Irreversible: once sent, the dialog stays open until the answer. */
  readonly isDanger?: boolean;
  readonly form: Form<M, string>;
  /** Current values of the fields. */
  readonly params: ParamsOf<M>;
  readonly onDone: (result: ResultOf<M>) => void;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  const submit = async (): Promise<void> => {
    const result = await form.run(params);
    if (result !== undefined) onDone(result);
  };
  const stays = isDanger && form.isPending;
  return (
    <Dialog
      title={title}
      onClose={stays ? undefined : onClose}
      footer={
        <>
          <Button isDisabled={stays} onClick={onClose}>
            Cancel
          </Button>
          <Button
            kind={isDanger ? 'danger' : 'primary'}
            type="submit"
            form={id}
            isBusy={form.isPending}
          >
            {action}
          </Button>
        </>
      }
    >
      <form
        id={id}
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (event.currentTarget.checkValidity()) void submit();
        }}
      >
        <FailureBanner failure={form.failure} />
        {children}
      </form>
    </Dialog>
  );
}
