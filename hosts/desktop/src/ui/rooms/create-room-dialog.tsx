import { useState } from 'preact/hooks';
import { useRequest } from '../context.js';
import { Banner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
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
    <Dialog
      title="Create room"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" isBusy={isPending} onClick={() => void create()}>
            Create
          </Button>
        </>
      }
    >
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        {failure !== undefined && !isOfName && <Banner kind="error">{failure.message}</Banner>}
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
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
