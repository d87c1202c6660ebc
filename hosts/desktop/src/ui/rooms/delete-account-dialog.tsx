import { useState } from 'preact/hooks';
import type { ListedRoom } from '../../messages/index.js';
import { useUi } from '../context.js';
import { useForm } from '../form.js';
import { FormDialog } from '../parts/form-dialog.js';
import { PasswordField } from '../parts/field.js';
import { Name } from '../parts/name.js';
import { orderRooms } from './order.js';

/** Rooms that are listed by name. */
const MAX_NAMES = 5;

/** Lists what is deleted with an account, and asks for its password. */
export function DeleteAccountDialog({
  name,
  onClose,
}: {
  readonly name: string;
  readonly onClose: () => void;
}) {
  const { rooms } = useUi().state;
  const [password, setPassword] = useState('');
  const form = useForm('account.remove', { password: ['RK_ACCOUNT_REFUSED'] });
  const own = orderRooms(rooms?.values() ?? []).filter(({ mine, stored }) => mine && stored);
  return (
    <FormDialog
      title="Delete your account?"
      action={form.isPending ? 'Deleting…' : 'Delete account'}
      isDanger
      form={form}
      params={{ password }}
      // The app shows the welcome window by then.
      onDone={onClose}
      onClose={onClose}
    >
      <div class="group">
        <p>This cannot be undone. What goes for good:</p>
        <ul class="points">
          <li>
            The account “<Name>{name}</Name>” with its identity. If you make another by the same
            name, those who know you are told that it shows another identity.
          </li>
          {own.length > 0 && <OwnRooms rooms={own} />}
          <li>The people you’ve met and the rooms you’ve visited: this computer forgets them.</li>
        </ul>
      </div>
      <PasswordField
        label="Your password"
        value={password}
        onInput={setPassword}
        autocomplete="current-password"
        autofocus
        error={form.errors.password}
      />
    </FormDialog>
  );
}

function OwnRooms({ rooms }: { readonly rooms: readonly ListedRoom[] }) {
  const left = rooms.length - MAX_NAMES;
  return (
    <li>
      {rooms.length === 1 ? 'Your room, ' : `Your ${rooms.length.toLocaleString('en')} rooms, `}
      from everyone’s list:{' '}
      {rooms.slice(0, MAX_NAMES).map((room, index) => (
        <span key={room.id}>
          {index > 0 && ', '}“<Name>{room.name}</Name>”
        </span>
      ))}
      {left > 0 && ` and ${left.toLocaleString('en')} more`}.
    </li>
  );
}
