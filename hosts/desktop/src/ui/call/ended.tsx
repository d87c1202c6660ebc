import { useState } from 'preact/hooks';
import type { CallView, EndView } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { FullPage } from '../parts/full-page.js';
import { Name } from '../parts/name.js';
import { RoomPasswordDialog } from '../rooms/room-password-dialog.js';
import { PersonChanged } from './person-changed.js';
import { endWords } from './words.js';

/** A call that is over: why, and what to do next. */
export function Ended({ end, room }: { readonly end: EndView; readonly room: CallView['room'] }) {
  const [asksPassword, setAsksPassword] = useState(false);
  const join = useRequest('call.join');
  const leave = useRequest('call.leave');
  const back = (): void => void leave.run({ deleteRoom: false });

  const failed = end.kind === 'failed' ? end.failure : undefined;
  if (failed?.code === 'RK_PERSON_CHANGED' && failed.person !== undefined) {
    return <PersonChanged person={failed.person} room={room} onBack={back} />;
  }
  const { title, text } = endWords(end, room);
  const isPassword = failed?.code === 'RK_HANDSHAKE_FAILED' && room.password;
  const isMissing = join.failure?.code === 'RK_ROOM_PASSWORD_REQUIRED';
  const failure = (isMissing ? undefined : join.failure) ?? leave.failure;
  return (
    <>
      <FullPage
        icon={end.kind === 'left' || end.kind === 'room-closed' ? 'door' : 'warning'}
        isTrouble={failed !== undefined}
        title={title}
        actions={
          <>
            {isPassword && (
              <Button kind="primary" icon="lock" onClick={() => setAsksPassword(true)}>
                Try another password
              </Button>
            )}
            {!isPassword && end.kind !== 'room-closed' && (
              <Button
                kind="primary"
                isBusy={join.isPending}
                onClick={() => void join.run({ id: room.id })}
              >
                {end.kind === 'failed' ? 'Try again' : 'Join again'}
              </Button>
            )}
            <Button isBusy={leave.isPending} onClick={back}>
              Back to the rooms
            </Button>
          </>
        }
      >
        <FailureBanner failure={failure} />
        <p>{text}</p>
        <p class="muted small">
          Room: <Name>{room.name}</Name>
        </p>
      </FullPage>
      {(asksPassword || isMissing) && (
        <RoomPasswordDialog
          room={room}
          onClose={() => {
            setAsksPassword(false);
            join.clear();
          }}
        />
      )}
    </>
  );
}
