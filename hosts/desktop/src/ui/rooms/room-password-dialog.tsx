import { useState } from 'preact/hooks';
import { useRequest } from '../context.js';
import { Banner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { PasswordField } from '../parts/field.js';
import { Name } from '../parts/name.js';

/** Asks for a room's password and joins; the window turns to the call by itself. */
export function RoomPasswordDialog({
  room,
  onClose,
}: {
  readonly room: { readonly id: string; readonly name: string; readonly mine: boolean };
  readonly onClose: () => void;
}) {
  const [password, setPassword] = useState('');
  const [isEmpty, setEmpty] = useState(false);
  const { isPending, failure, run } = useRequest('call.join');
  const join = async (): Promise<void> => {
    setEmpty(password === '');
    if (password === '') return;
    if ((await run({ id: room.id, password })) !== undefined) onClose();
  };
  return (
    <Dialog
      title={
        <>
          Join “<Name>{room.name}</Name>”
        </>
      }
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isBusy={isPending} onClick={() => void join()}>
            Join
          </Button>
        </>
      }
    >
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void join();
        }}
      >
        {failure !== undefined && <Banner kind="error">{failure.message}</Banner>}
        <PasswordField
          label="Room password"
          value={password}
          onInput={setPassword}
          autocomplete="off"
          autofocus
          error={isEmpty && password === '' ? 'Type the password of the room.' : undefined}
          hint={
            room.mine
              ? 'The one you chose for this room. It is stored nowhere, so it cannot be checked here: with another one your partner cannot come in.'
              : 'The owner of the room knows it. It is not sent: both sides prove that they know it.'
          }
        />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
