import { useState } from 'preact/hooks';
import { useForm } from '../form.js';
import { FormDialog } from '../parts/form-dialog.js';
import { PasswordField } from '../parts/field.js';

/** Changes the password of the account. */
export function ChangePasswordDialog({
  onClose,
  onChanged,
}: {
  readonly onClose: () => void;
  readonly onChanged: () => void;
}) {
  const [oldPassword, setOld] = useState('');
  const [newPassword, setNew] = useState('');
  const form = useForm('account.changePassword', {
    oldPassword: ['RK_ACCOUNT_REFUSED'],
    newPassword: ['RK_ACCOUNT_PASSWORD_INVALID'],
  });
  return (
    <FormDialog
      title="Change password"
      action={form.isPending ? 'Changing…' : 'Change password'}
      form={form}
      params={{ oldPassword, newPassword }}
      onDone={onChanged}
      onClose={onClose}
    >
      <PasswordField
        label="Old password"
        value={oldPassword}
        onInput={setOld}
        autocomplete="current-password"
        autofocus
        error={form.errors.oldPassword}
      />
      <PasswordField
        label="New password"
        value={newPassword}
        onInput={setNew}
        autocomplete="new-password"
        hint="At least 8 characters. It cannot be recovered."
        error={form.errors.newPassword}
      />
    </FormDialog>
  );
}
