import { useState } from 'preact/hooks';
import { useRequest } from '../context.js';
import { FormDialog } from '../parts/form-dialog.js';
import { PasswordField, TextField } from '../parts/field.js';
import { PasswordMeter } from './password-meter.js';

/** Makes a room; the one who makes it is its owner. */
export function CreateRoomDialog({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void;
  readonly onCreated: (id: string) => void;
}) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { isPending, failure, run } = useRequest('rooms.create');
  const isOfName = failure?.code === 'RK_ROOM_NAME_INVALID' || failure?.code === 'RK_ROOM_EXISTS';

  const create = async (): Promise<void> => {
    const result = await run({ name, ...(password !== '' && { password }) });
    if (result !== undefined) onCreated(result.id);
  };
  return (
    <FormDialog
      title="Create room"
      action="Create"
      isBusy={isPending}
      failure={isOfName ? undefined : failure}
      onSubmit={create}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        autocomplete="off"
        autofocus
        error={isOfName ? failure.message : undefined}
        hint="People on this network see it."
      />
      <PasswordField
        label="Password (optional)"
        value={password}
        onInput={setPassword}
        autocomplete="new-password"
        hint={
          <>
            <PasswordMeter password={password} />
            <p>
              Tell it only to the person you want to see. It is stored nowhere: after a restart
              Roomkey asks you for it. Without one, you compare four words instead.
            </p>
          </>
        }
      />
    </FormDialog>
  );
}
