import type { CallView } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Name } from '../parts/name.js';

/** A guest's choices after the host left: leave, or wait without a limit. */
export function HostLeftActions({ room }: { readonly room: CallView['room'] }) {
  const leave = useRequest('call.leave');
  const wait = useRequest('call.wait');
  return (
    <>
      <FailureBanner failure={leave.failure ?? wait.failure} />
      <div class="actions">
        <Button
          kind="primary"
          isBusy={leave.isPending}
          onClick={() => void leave.run({ deleteRoom: false })}
        >
          Leave
        </Button>
        <Button isBusy={wait.isPending} onClick={() => void wait.run({})}>
          Wait for <Name>{room.owner}</Name>
        </Button>
      </div>
    </>
  );
}
