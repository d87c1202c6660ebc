import type { CallView, EndView } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { FailureDetails } from '../parts/failure-details.js';
import { FullPage } from '../parts/full-page.js';
import { Name } from '../parts/name.js';
import { useJoin } from '../rooms/join.js';
import { IdentityMismatch } from './identity-mismatch.js';
import { endText } from './state-text.js';

/** The end of a call: why, and what to do next. */
export function Ended({ end, room }: { readonly end: EndView; readonly room: CallView['room'] }) {
  const failed = end.kind === 'failed' ? end.failure : undefined;
  const isRefused = failed?.code === 'RK_ROOM_PASSWORD_CHANGED';
  const join = useJoin(isRefused ? { room, failure: failed } : undefined);
  const leave = useRequest('call.leave');
  const back = (): void => void leave.run({ deleteRoom: false });

  if (failed?.code === 'RK_IDENTITY_MISMATCH' && failed.person !== undefined) {
    return <IdentityMismatch person={failed.person} room={room} onBack={back} />;
  }
  const { title, text } = endText(end, room);
  const isPassword =
    room.password &&
    (isRefused || failed?.code === 'RK_HANDSHAKE_FAILED' || failed?.code === 'RK_PASSWORD_GUESSED');
  const isGone = failed?.code === 'RK_ROOM_NOT_OPEN';
  const isDeclined = failed?.code === 'RK_ROOM_DECLINED';
  const failure = join.failure ?? leave.failure;
  return (
    <>
      <FullPage
        icon={end.kind === 'room-closed' || isGone || isDeclined ? 'door' : 'warning'}
        isTrouble={failed !== undefined && !isGone && !isDeclined}
        title={title}
        actions={
          <>
            {isPassword && (
              <Button kind="primary" icon="lock" onClick={() => join.ask(room)}>
                {isRefused ? 'Enter the password' : 'Try another password'}
              </Button>
            )}
            {/* For ten minutes the owner is not asked again. */}
            {!isPassword && !isDeclined && end.kind !== 'room-closed' && (
              <Button kind="primary" isBusy={join.isPending} onClick={() => void join.run(room)}>
                {isGone ? (
                  <>
                    Wait for <Name>{room.owner}</Name>
                  </>
                ) : end.kind === 'failed' ? (
                  'Try again'
                ) : (
                  'Join again'
                )}
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
        {failed !== undefined && <FailureDetails failure={failed} />}
        <p class="muted small">
          Room: <Name>{room.name}</Name>
        </p>
      </FullPage>
      {join.dialog}
    </>
  );
}
