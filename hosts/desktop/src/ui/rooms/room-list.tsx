import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ListedRoom } from '../../messages/index.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { OwnerMark } from '../parts/owner-mark.js';
import { dayOf } from './visit-time.js';

/** The height of a row, rem; `.room` in the styles has the same. */
const ROW_REM = 4;
/** Rows that are there above and below what is seen. */
const SPARE = 6;

/**
 * The rooms as a list box: the list has the focus, the arrow keys choose, Enter joins. Only the rows
 * in sight are in the page, so that ten thousand rooms are as quick as ten, and the chosen one, which
 * the list names to screen readers wherever it is scrolled to.
 */
export function RoomList({
  list,
  rooms,
  chosen,
  onChoose,
  onJoin,
  onType,
}: {
  /** The list box, for whoever gives it the focus. */
  readonly list: RefObject<HTMLDivElement | null>;
  readonly rooms: readonly ListedRoom[];
  readonly chosen: ListedRoom | undefined;
  readonly onChoose: (room: ListedRoom) => void;
  readonly onJoin: (room: ListedRoom) => void;
  /** A letter was typed: what is looked for begins with it. */
  readonly onType: () => void;
}) {
  /** Pixels, as large as the person's text makes them. */
  const [view, setView] = useState({ top: 0, height: 0, row: 16 * ROW_REM });
  const { row } = view;
  const pressed = useRef<string>(undefined);
  const position = chosen === undefined ? -1 : rooms.indexOf(chosen);

  const measure = (): void => {
    const element = list.current;
    if (element === null) return;
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const { scrollTop: top, clientHeight: height } = element;
    setView({ top, height, row: rem * ROW_REM });
  };
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (list.current !== null) observer.observe(list.current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null || position === -1) return;
    const bottom = (position + 1) * row - element.clientHeight;
    element.scrollTop = Math.min(position * row, Math.max(bottom, element.scrollTop));
  }, [position, row]);

  const first = Math.max(0, Math.floor(view.top / row) - SPARE);
  const last = Math.ceil((view.top + view.height) / row) + SPARE;
  const rows = rooms.slice(first, last).map((room, offset) => ({ room, index: first + offset }));
  if (chosen !== undefined && (position < first || position >= last)) {
    rows.push({ room: chosen, index: position });
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(view.height / row) - 1);
    const target = {
      ArrowDown: position + 1,
      ArrowUp: position - 1,
      PageDown: position + page,
      PageUp: position - page,
      Home: 0,
      End: rooms.length - 1,
    }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      const room = rooms[Math.min(Math.max(target, 0), rooms.length - 1)];
      if (room !== undefined) onChoose(room);
    } else if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault();
      onJoin(chosen);
    } else if (/^[^\s]$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      onType();
    }
  };

  /** Whose row that is, by its room and not by its element, which is another one when rooms come and go. */
  const roomAt = ({ target }: MouseEvent): ListedRoom | undefined => {
    const id = (target as Element).closest<HTMLElement>('[data-room]')?.dataset['room'];
    return rooms.find((room) => room.id === id);
  };
  // A room that comes or goes moves the rows, also between the two clicks of a double-click: joined is
  // what the first one chose. `click` and `dblclick` are not sent where the row is another by then.
  const onMouseDown = (event: MouseEvent): void => {
    if (event.button !== 0 || event.detail > 1) return;
    const room = roomAt(event);
    pressed.current = room?.id;
    if (room !== undefined) onChoose(room);
  };
  const onMouseUp = (event: MouseEvent): void => {
    if (event.button !== 0 || event.detail !== 2) return;
    const room = rooms.find(({ id }) => id === pressed.current);
    if (room !== undefined) onJoin(room);
  };

  return (
    <div
      ref={list}
      class="room-list"
      role="listbox"
      tabIndex={0}
      data-first-focus
      aria-label="Rooms"
      aria-activedescendant={position === -1 ? undefined : optionId(position)}
      onKeyDown={onKeyDown}
      onMouseDown={onMouseDown}
      onMouseUp={onMouseUp}
      // Of a screen reader, which presses nothing.
      onClick={(event) => {
        const room = event.detail === 0 ? roomAt(event) : undefined;
        if (room !== undefined) onChoose(room);
      }}
      onScroll={measure}
    >
      <div class="room-rows" role="presentation" style={{ height: `${rooms.length * row}px` }}>
        {rows.map(({ room, index }) => (
          <Room
            key={room.id}
            room={room}
            index={index}
            count={rooms.length}
            isChosen={index === position}
            height={row}
          />
        ))}
      </div>
    </div>
  );
}

function Room({
  room,
  index,
  count,
  isChosen,
  height,
}: {
  readonly room: ListedRoom;
  readonly index: number;
  readonly count: number;
  readonly isChosen: boolean;
  readonly height: number;
}) {
  const { id, name, owner, known, live, mine, password, visitedAt } = room;
  return (
    <div
      id={optionId(index)}
      class="room"
      data-room={id}
      role="option"
      aria-selected={isChosen}
      aria-posinset={index + 1}
      aria-setsize={count}
      style={{ transform: `translateY(${index * height}px)` }}
    >
      <span class="room-icon">
        <Icon name={password ? 'lock' : 'door'} />
      </span>
      <span class="room-text">
        <span class="room-name">
          <Name>{name}</Name>
        </span>
        <span class="room-owner">
          {mine ? (
            'Yours'
          ) : (
            <>
              <Name>{owner}</Name>
              <OwnerMark known={known} />
            </>
          )}
          {!live && visitedAt !== undefined && ` · last visit ${dayOf(visitedAt)}`}
          <span class="unseen">{password ? ', with a password' : ', without a password'}</span>
        </span>
      </span>
      <span class={live ? 'status live' : 'status'}>{status(room)}</span>
    </div>
  );
}

function status({ live, confirmed, full, compatible }: ListedRoom): string {
  if (!live) return 'Closed';
  if (!compatible) return 'Update needed';
  if (full) return 'Full';
  return confirmed ? 'Open' : 'Maybe open';
}

function optionId(index: number): string {
  return `room-${index}`;
}
