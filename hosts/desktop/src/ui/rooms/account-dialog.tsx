import { useState } from 'preact/hooks';
import { useRequest } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { Fingerprint } from '../parts/fingerprint.js';
import { Name } from '../parts/name.js';
import type { Account } from '../state.js';
import { ChangePasswordDialog } from './change-password-dialog.js';
import { DeleteAccountDialog } from './delete-account-dialog.js';

/** The account: safety number, password, deletion, sign-out. */
export function AccountDialog({
  account,
  onClose,
}: {
  readonly account: Account;
  readonly onClose: () => void;
}) {
  const [open, setOpen] = useState<'password' | 'delete'>();
  const [isChanged, setChanged] = useState(false);
  const signOut = useRequest('account.signOut');
  const back = (): void => setOpen(undefined);
  if (open === 'password') {
    return (
      <ChangePasswordDialog
        onClose={back}
        onChanged={() => {
          setChanged(true);
          back();
        }}
      />
    );
  }
  if (open === 'delete') return <DeleteAccountDialog name={account.name} onClose={back} />;
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
      <FailureBanner failure={signOut.failure} />
      <section class="group">
        <h3>Fingerprint</h3>
        <Fingerprint value={account.fingerprint} />
        <p class="muted small">
          This is how others know that it is you. If Roomkey tells someone that you changed, read it
          to them.
        </p>
      </section>
      <section class="group">
        <h3>Password</h3>
        <p class="muted small" role="status">
          {isChanged ? 'Your password was changed.' : 'It cannot be recovered.'}
        </p>
        <div>
          <Button onClick={() => setOpen('password')}>Change password…</Button>
        </div>
      </section>
      <section class="group">
        <h3>Deletion</h3>
        <p class="muted small">
          Your rooms go with the account, for everyone. It asks for your password first.
        </p>
        <div>
          <Button kind="danger" onClick={() => setOpen('delete')}>
            Delete account…
          </Button>
        </div>
      </section>
    </Dialog>
  );
}
