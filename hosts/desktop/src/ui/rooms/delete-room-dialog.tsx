import type { ListedRoom } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { Name } from '../parts/name.js';

/** Asks before a room is deleted. */
export function DeleteRoomDialog({
  room,
  onClose,
}: {
  readonly room: ListedRoom;
  readonly onClose: () => void;
}) {
  const { isPending, failure, run } = useRequest('rooms.remove');
  const remove = async (): Promise<void> => {
    if ((await run({ id: room.id })) !== undefined) onClose();
  };
  return (
    <Dialog
      title="Delete this room?"
      onClose={isPending ? undefined : onClose}
      footer={
        <>
          <Button isDisabled={isPending} onClick={onClose}>
            Keep it
          </Button>
          <Button kind="danger" icon="trash" isBusy={isPending} onClick={() => void remove()}>
            Delete room
          </Button>
        </>
      }
    >
      <FailureBanner failure={failure} />
      <p>
        “<Name>{room.name}</Name>” goes from your list and from everyone else’s. This cannot be
        undone; you can make a new room of the same name.
      </p>
    </Dialog>
  );
}
