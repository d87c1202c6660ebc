import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ListedRoom } from '../../messages/index.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { OwnerMark } from '../parts/owner-mark.js';
import { dayOf } from './visit-time.js';

/** Row height, rem; the same as `.room` in the CSS. */
const ROW_REM = 4;
/** Extra rows above and below the visible ones. */
const SPARE = 6;

/**
 * The rooms as a list box: the list has the focus, arrow keys select, Enter joins. Only visible
 * rows are in the DOM, so that ten thousand rooms are as fast as ten, plus the selected row, which
 * the list references for screen readers.
 */
export function RoomList({
  list,
  rooms,
  chosen,
  onChoose,
  onJoin,
  onType,
}: {
  /** The list box element, so that the parent can focus it. */
  readonly list: RefObject<HTMLDivElement | null>;
  readonly rooms: readonly ListedRoom[];
  readonly chosen: ListedRoom | undefined;
  readonly onChoose: (room: ListedRoom) => void;
  readonly onJoin: (room: ListedRoom) => void;
  /** A letter was typed: start a search with it. */
  readonly onType: () => void;
}) {
  /** Pixels; depends on the user's font size. */
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

  /** Finds the room of a row by its id: its element is reused when rooms change. */
  const roomAt = ({ target }: MouseEvent): ListedRoom | undefined => {
    const id = (target as Element).closest<HTMLElement>('[data-room]')?.dataset['room'];
    return rooms.find((room) => room.id === id);
  };
  // Rows move when rooms appear or disappear, even between the clicks of a double-click; join the
  // room of the first click. Browsers send no `click` or `dblclick` if the row changed in between.
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
      // Clicks of screen readers come without mouse events.
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
