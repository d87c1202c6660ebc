import { useState } from 'preact/hooks';
import type { CallView } from '../../messages/index.js';
import { useForm } from '../form.js';
import { FormDialog } from '../parts/form-dialog.js';
import { PasswordField } from '../parts/field.js';
import { Name } from '../parts/name.js';

/** A room whose password may be requested. */
export type AskedRoom = Pick<CallView['room'], 'id' | 'name' | 'mine'>;

/** Asks for a room's password and joins; the window then shows the call. */
export function RoomPasswordDialog({
  room,
  refusal,
  onClose,
}: {
  readonly room: AskedRoom;
  /** Why the previous password was refused; shown at the field until the user types. */
  readonly refusal?: string | undefined;
  readonly onClose: () => void;
}) {
  const [password, setPassword] = useState('');
  const [said, setSaid] = useState(refusal);
  const clear = (): void => setSaid(undefined);
  const form = useForm('call.join', { password: ['RK_ROOM_PASSWORD_REQUIRED'] });
  return (
    <FormDialog
      title={
        <>
          Join “<Name>{room.name}</Name>”
        </>
      }
      action="Join"
      form={form}
      params={{ id: room.id, password }}
      onDone={onClose}
      onClose={onClose}
    >
      <PasswordField
        label="Room password"
        value={password}
        onInput={setPassword}
        autocomplete="off"
        autofocus
        error={form.errors.password ?? (said === undefined ? undefined : { message: said, clear })}
        hint={
          room.mine
            ? 'The one you chose for this room. It is stored nowhere, but Roomkey notices if it isn’t the one you used last time on this computer.'
            : 'The owner of the room knows it. It is not sent: both sides prove that they know it.'
        }
      />
    </FormDialog>
  );
}
