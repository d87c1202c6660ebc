import { useState } from 'preact/hooks';
import { useRequest } from '../context.js';
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
  const { isPending, failure, run } = useRequest('account.changePassword');
  const isOfOld = failure?.code === 'RK_ACCOUNT_REFUSED';
  const isOfNew = failure?.code === 'RK_ACCOUNT_PASSWORD_INVALID';
  const change = async (): Promise<void> => {
    if ((await run({ oldPassword, newPassword })) !== undefined) onChanged();
  };
  return (
    <FormDialog
      title="Change password"
      action={isPending ? 'Changing…' : 'Change password'}
      isBusy={isPending}
      failure={isOfOld || isOfNew ? undefined : failure}
      onSubmit={change}
      onClose={onClose}
    >
      <PasswordField
        label="Old password"
        value={oldPassword}
        onInput={setOld}
        autocomplete="current-password"
        autofocus
        error={isOfOld ? failure.message : undefined}
      />
      <PasswordField
        label="New password"
        value={newPassword}
        onInput={setNew}
        autocomplete="new-password"
        hint="At least 8 characters. It cannot be recovered."
        error={isOfNew ? failure.message : undefined}
      />
    </FormDialog>
  );
}
