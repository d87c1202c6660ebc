import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { FailureView } from '../../messages/index.js';
import { useRequest, type RequestHandle } from '../context.js';
import { AcceptPersonDialog } from '../parts/accept-person-dialog.js';
import { RoomPasswordDialog, type AskedRoom } from './room-password-dialog.js';

/** Joining a room, as a button or a list does it. */
export interface Join extends Pick<RequestHandle<'call.join'>, 'isPending' | 'failure' | 'clear'> {
  readonly run: (room: AskedRoom) => Promise<void>;
  /** Asks for the password though the app has one, which was wrong. */
  readonly ask: (room: AskedRoom) => void;
  /** The question for the password, or whether the owner is who they were, beside what joins. */
  readonly dialog: ComponentChildren;
}

/** A password that was given for a room, and is not the one of last time. */
export interface RefusedPassword {
  readonly room: AskedRoom;
  readonly failure: FailureView;
}

/**
 * Joining a room; where the app has no password for one that needs it, or its owner shows another
 * identity than last time, a dialog asks. The app decides that and not the list of rooms, which lags
 * behind it: a room whose password was just given with its name would be asked for again.
 *
 * @param refused a password that was not taken, so that the dialog is there at once and says why
 */
export function useJoin(refused?: RefusedPassword): Join {
  const { isPending, failure, clear, run } = useRequest('call.join');
  const [room, setRoom] = useState<AskedRoom | undefined>(refused?.room);
  const [isAsked, setIsAsked] = useState(refused !== undefined);
  const isMissing = failure?.code === 'RK_ROOM_PASSWORD_REQUIRED';
  const changed = failure?.person;
  return {
    isPending,
    failure: isMissing || changed !== undefined ? undefined : failure,
    clear,
    run: async (room) => {
      // Another one is not sent before the answer, and it is that one's password that may be asked for.
      if (isPending) return;
      setRoom(room);
      await run({ id: room.id });
    },
    ask: (room) => {
      setRoom(room);
      setIsAsked(true);
    },
    dialog:
      room === undefined ? null : changed !== undefined ? (
        <AcceptPersonDialog
          person={changed}
          action="It is theirs: accept and join"
          onClose={clear}
          onAccepted={() => {
            clear();
            void run({ id: room.id });
          }}
        />
      ) : (
        (isMissing || isAsked) && (
          <RoomPasswordDialog
            room={room}
            refusal={refused?.failure.message}
            onClose={() => {
              setIsAsked(false);
              clear();
            }}
          />
        )
      ),
  };
}
