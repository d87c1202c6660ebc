import { useState } from 'preact/hooks';
import { useRequest } from '../context.js';
import { Banner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { PasswordField } from '../parts/field.js';
import { Fingerprint } from '../parts/fingerprint.js';
import { Name } from '../parts/name.js';
import type { Account } from '../state.js';

/** Who is signed in: fingerprint, change of the password, sign out. */
export function AccountDialog({
  account,
  onClose,
}: {
  readonly account: Account;
  readonly onClose: () => void;
}) {
  const signOut = useRequest('account.signOut');
  return (
    <Dialog
      title={<Name>{account.name}</Name>}
      onClose={onClose}
      footer={
        <>
          <Button
            kind="quiet"
            icon="exit"
            isBusy={signOut.isPending}
            onClick={() => void signOut.run({})}
          >
            Sign out
          </Button>
          <Button kind="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <div class="stack">
        {signOut.failure !== undefined && <Banner kind="error">{signOut.failure.message}</Banner>}
        <section>
          <h3>Fingerprint</h3>
          <Fingerprint value={account.fingerprint} />
          <p class="muted small">
            This is how others know that it is you. If somebody is told that you changed, read it to
            them.
          </p>
        </section>
        <ChangePassword />
      </div>
    </Dialog>
  );
}

function ChangePassword() {
  const [isOpen, setOpen] = useState(false);
  const [isDone, setDone] = useState(false);
  const [oldPassword, setOld] = useState('');
  const [newPassword, setNew] = useState('');
  const { isPending, failure, run } = useRequest('account.changePassword');
  const isOfOld = failure?.code === 'RK_ACCOUNT_REFUSED';
  const isOfNew = failure?.code === 'RK_ACCOUNT_PASSWORD_INVALID';

  const change = async (): Promise<void> => {
    if ((await run({ oldPassword, newPassword })) === undefined) return;
    setOpen(false);
    setDone(true);
    setOld('');
    setNew('');
  };
  return (
    <section>
      <h3>Password</h3>
      <p role="status" class="muted small">
        {isDone ? 'Your password was changed.' : ''}
      </p>
      {!isOpen ? (
        <Button
          onClick={() => {
            setOpen(true);
            setDone(false);
          }}
        >
          Change password…
        </Button>
      ) : (
        <form
          class="stack"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void change();
          }}
        >
          {failure !== undefined && !isOfOld && !isOfNew && (
            <Banner kind="error">{failure.message}</Banner>
          )}
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
            hint="At least 8 characters."
            error={isOfNew ? failure.message : undefined}
          />
          <div class="actions">
            <Button type="submit" isBusy={isPending}>
              {isPending ? 'Changing…' : 'Change password'}
            </Button>
            <Button kind="quiet" onClick={() => setOpen(false)}>
              Cancel
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
