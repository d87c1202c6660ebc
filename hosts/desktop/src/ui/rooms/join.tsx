import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { FailureView } from '../../messages/index.js';
import { useRequest, type RequestHandle } from '../context.js';
import { AcceptPersonDialog } from '../parts/accept-person-dialog.js';
import { RoomPasswordDialog, type AskedRoom } from './room-password-dialog.js';

/** The state of joining a room, for a button or a list. */
export interface Join extends Pick<RequestHandle<'call.join'>, 'isPending' | 'failure' | 'clear'> {
  readonly run: (room: AskedRoom) => Promise<void>;
  /** Asks for the password even though the app has one, which was wrong. */
  readonly ask: (room: AskedRoom) => void;
  /**
   * The dialog that asks for the password or for the comparison of the owner; render it beside the
   * control.
   */
  readonly dialog: ComponentChildren;
}

/** A refused password that differs from last time. */
export interface RefusedPassword {
  readonly room: AskedRoom;
  readonly failure: FailureView;
}

/**
 * Joins a room. A dialog asks for a password that the app does not have, or for the comparison of
 * an owner whose identity changed. The app decides that, not the list of rooms, which lags behind:
 * a new room's password would be asked for again.
 *
 * @param refused a refused password: shows the dialog at once, with the reason
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
      // Ignore other rooms until the answer: a password dialog would be for the first room.
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
