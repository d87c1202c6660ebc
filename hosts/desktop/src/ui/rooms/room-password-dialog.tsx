import { useState } from 'preact/hooks';
import type { CallView } from '../../messages/index.js';
import { useForm } from '../form.js';
import { FormDialog } from '../parts/form-dialog.js';
import { PasswordField } from '../parts/field.js';
import { Name } from '../parts/name.js';

/** A room whose password may be asked for. */
export type AskedRoom = Pick<CallView['room'], 'id' | 'name' | 'mine'>;

/** Asks for a room's password and joins; the window turns to the call by itself. */
export function RoomPasswordDialog({
  room,
  onClose,
}: {
  readonly room: AskedRoom;
  readonly onClose: () => void;
}) {
  const [password, setPassword] = useState('');
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
        error={form.errors.password}
        hint={
          room.mine
            ? 'The one you chose for this room. It is stored nowhere, so it cannot be checked here: with another one your partner cannot come in.'
            : 'The owner of the room knows it. It is not sent: both sides prove that they know it.'
        }
      />
    </FormDialog>
  );
}
