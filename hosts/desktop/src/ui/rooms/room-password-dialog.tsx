import { useState } from 'preact/hooks';
import type { CallView } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { FormDialog } from '../parts/form-dialog.js';
import { PasswordField } from '../parts/field.js';
import { Name } from '../parts/name.js';

/** Asks for a room's password and joins; the window turns to the call by itself. */
export function RoomPasswordDialog({
  room,
  onClose,
}: {
  readonly room: Pick<CallView['room'], 'id' | 'name' | 'mine'>;
  readonly onClose: () => void;
}) {
  const [password, setPassword] = useState('');
  const [isMissing, setMissing] = useState(false);
  const { isPending, failure, run } = useRequest('call.join');
  const join = async (): Promise<void> => {
    setMissing(password === '');
    if (password === '') return;
    if ((await run({ id: room.id, password })) !== undefined) onClose();
  };
  return (
    <FormDialog
      title={
        <>
          Join “<Name>{room.name}</Name>”
        </>
      }
      action="Join"
      isBusy={isPending}
      failure={failure}
      onSubmit={join}
      onClose={onClose}
    >
      <PasswordField
        label="Room password"
        value={password}
        onInput={setPassword}
        autocomplete="off"
        autofocus
        error={isMissing && password === '' ? 'Type the password of the room.' : undefined}
        hint={
          room.mine
            ? 'The one you chose for this room. It is stored nowhere, so it cannot be checked here: with another one your partner cannot come in.'
            : 'The owner of the room knows it. It is not sent: both sides prove that they know it.'
        }
      />
    </FormDialog>
  );
}
