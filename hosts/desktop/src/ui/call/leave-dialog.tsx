import { useState } from 'preact/hooks';
import type { CallView } from '../../messages/index.js';
import type { RequestHandle } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { Name } from '../parts/name.js';

/** Asks a leaving owner whether to delete the room. */
export function LeaveDialog({
  room,
  leave,
  onClose,
}: {
  readonly room: CallView['room'];
  readonly leave: RequestHandle<'call.leave'>;
  readonly onClose: () => void;
}) {
  const [isDeleting, setDeleting] = useState(false);
  const go = (deleteRoom: boolean): void => {
    setDeleting(deleteRoom);
    void leave.run({ deleteRoom });
  };
  return (
    <Dialog
      title="Leave the room?"
      onClose={leave.isPending ? undefined : onClose}
      footer={
        <>
          <Button kind="quiet" isDisabled={leave.isPending} onClick={onClose}>
            Stay
          </Button>
          <Button
            kind="danger"
            isBusy={leave.isPending && isDeleting}
            isDisabled={leave.isPending && !isDeleting}
            onClick={() => go(true)}
          >
            Leave and delete
          </Button>
          <Button
            kind="primary"
            isBusy={leave.isPending && !isDeleting}
            isDisabled={leave.isPending && isDeleting}
            onClick={() => go(false)}
          >
            Leave and keep
          </Button>
        </>
      }
    >
      <FailureBanner failure={leave.failure} />
      <p>
        “<Name>{room.name}</Name>” is yours. Keep it to meet here again, or delete it for everyone.
      </p>
    </Dialog>
  );
}
