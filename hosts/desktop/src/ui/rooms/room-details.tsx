import type { ListedRoom } from '../../messages/index.js';
import { Button } from '../parts/button.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { minuteOf } from './visit-time.js';

/** Details and actions of the selected room. */
export function RoomDetails({
  room,
  isJoining,
  onJoin,
  onDelete,
  isForgetting,
  onForget,
}: {
  readonly room: ListedRoom;
  readonly isJoining: boolean;
  readonly onJoin: () => void;
  readonly onDelete: () => void;
  readonly isForgetting: boolean;
  readonly onForget: () => void;
}) {
  const { name, owner, known, notes, mine, password, stored, unlocked, visitedAt } = room;
  return (
    <section class="details" aria-label="The chosen room">
      <div class="details-text">
        <span class="emblem">
          <Icon name={password ? 'lock' : 'door'} size={28} />
        </span>
        <h2>
          <Name>{name}</Name>
        </h2>
        <p class="muted">{situation(room)}</p>
        {notes?.map((note) => (
          <p key={note} class="trust-note">
            <Icon name="warning" size={16} /> {note}
          </p>
        ))}
        <dl class="facts">
          <dt>Owner</dt>
          <dd>
            {mine ? 'You' : <Name>{owner}</Name>}
            {!mine && known !== undefined && <span class="muted">{meetings[known]}</span>}
          </dd>
          <dt>Password</dt>
          <dd>{password ? (unlocked ? 'Yes, given already' : 'Yes') : 'None'}</dd>
          <dt>Known from</dt>
          <dd>{source(room)}</dd>
          {visitedAt !== undefined && (
            <>
              <dt>Last visit</dt>
              <dd>{minuteOf(visitedAt)}</dd>
            </>
          )}
        </dl>
      </div>
      <div class="actions">
        <Button kind="primary" icon="enter" isBusy={isJoining} onClick={onJoin}>
          Join room
        </Button>
        {mine && (
          <Button kind="quiet" icon="trash" onClick={onDelete}>
            Delete…
          </Button>
        )}
        {visitedAt !== undefined && !stored && (
          <Button kind="quiet" icon="trash" isBusy={isForgetting} onClick={onForget}>
            Forget
          </Button>
        )}
      </div>
    </section>
  );
}

const meetings = {
  same: 'You’ve met before.',
  new: 'No one you’ve met by this name.',
  changed: 'Not the one you’ve met.',
} as const;

function source({ stored, live }: ListedRoom): string {
  if (stored) return 'Your list of rooms';
  return live ? 'This network, just now' : 'Your last visit';
}

function situation({ live, confirmed, full, compatible, mine, owner, known }: ListedRoom) {
  if (mine) {
    return live
      ? 'This room is already open in another Roomkey window, or in one that has just ended. You can open it here.'
      : 'Join to open it: people on this network then see it as open.';
  }
  if (known === 'changed') {
    return (
      <>
        You’ve met another <Name>{owner}</Name>. Check that it’s really them before you join.
      </>
    );
  }
  if (!compatible) return 'To join this room, update Roomkey on both computers.';
  if (live && full) return 'The room is full. Try again later.';
  if (live && !confirmed) {
    return (
      <>
        <Name>{owner}</Name> may be in the room, but hasn’t answered yet.
      </>
    );
  }
  return live ? (
    <>
      <Name>{owner}</Name> is in the room.
    </>
  ) : (
    <>
      <Name>{owner}</Name> isn’t here yet. You can wait in the room.
    </>
  );
}
