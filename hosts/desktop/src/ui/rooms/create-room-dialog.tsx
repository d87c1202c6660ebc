import { useState } from 'preact/hooks';
import { useForm } from '../form.js';
import { FormDialog } from '../parts/form-dialog.js';
import { PasswordField, TextField } from '../parts/field.js';
import { PasswordMeter } from './password-meter.js';

/** Creates a room owned by the signed-in account. */
export function CreateRoomDialog({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void;
  readonly onCreated: (id: string) => void;
}) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm('rooms.create', { name: ['RK_ROOM_NAME_INVALID', 'RK_ROOM_EXISTS'] });
  return (
    <FormDialog
      title="Create room"
      action="Create"
      form={form}
      params={{ name, ...(password !== '' && { password }) }}
      onDone={({ id }) => onCreated(id)}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onInput={setName}
        autocomplete="off"
        autofocus
        error={form.errors.name}
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
              <strong>Without a password, anyone on this network can ask to join.</strong> Share the
              password only with people you invite. You’ll need it again after a restart.
            </p>
          </>
        }
      />
    </FormDialog>
  );
}
