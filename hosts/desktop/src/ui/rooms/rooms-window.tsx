import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ListedRoom } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';
import type { Account } from '../state.js';
import { FailureBanner } from '../parts/banner.js';
import { Button, IconButton } from '../parts/button.js';
import { Icon, Mark } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { Spinner } from '../parts/spinner.js';
import { SettingsDialog } from '../settings/settings-dialog.js';
import { AccountDialog } from './account-dialog.js';
import { CreateRoomDialog } from './create-room-dialog.js';
import { DeleteRoomDialog } from './delete-room-dialog.js';
import { EmptyRooms } from './empty-rooms.js';
import { FallbackBanner } from './fallback-banner.js';
import { useJoin } from './join.js';
import { filterRooms, orderRooms } from './order.js';
import { RoomDetails } from './room-details.js';
import { RoomList } from './room-list.js';

type Open =
  | { readonly dialog: 'create' | 'account' | 'settings' }
  | { readonly dialog: 'delete'; readonly room: ListedRoom };

/** The list of rooms and their actions. */
export function RoomsWindow({ account }: { readonly account: Account }) {
  const { state } = useUi();
  const { rooms, storage } = state;
  const [open, setOpen] = useState<Open>();
  const [query, setQuery] = useState('');
  const [chosenId, setChosenId] = useState<string>();
  /** A new room that is not in the list yet. */
  const [madeId, setMadeId] = useState<string>();
  const list = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const join = useJoin();
  const refresh = useRequest('rooms.refresh');
  const forget = useRequest('rooms.forget');

  const ordered = useMemo(() => orderRooms(rooms?.values() ?? []), [rooms]);
  const shown = useMemo(() => filterRooms(ordered, query), [ordered, query]);
  // Select no other room until the new one appears.
  const chosen =
    shown.find(({ id }) => id === chosenId) ?? (madeId === undefined ? shown[0] : undefined);
  const close = (): void => setOpen(undefined);
  const failure = join.failure ?? refresh.failure ?? forget.failure;

  // A deleted room's details are gone: focus the list, not what took their place.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) list.current?.focus();
  }, [chosen?.id, open]);
  // Keep the selection when another room becomes the first.
  useLayoutEffect(() => {
    if (chosen !== undefined) setChosenId(chosen.id);
  }, [chosen?.id]);
  const isMadeSeen = madeId !== undefined && chosen?.id === madeId;
  // After the dialog has restored the focus to its button.
  useEffect(() => {
    if (!isMadeSeen) return;
    list.current?.focus();
    setMadeId(undefined);
  }, [isMadeSeen]);

  const choose = ({ id }: ListedRoom): void => {
    setChosenId(id);
    setMadeId(undefined);
  };
  const enter = (room: ListedRoom): void => {
    choose(room);
    void join.run(room);
  };

  return (
    <div class="rooms-window">
      <header class="top-bar rooms-head">
        <Mark />
        <h1>
          Rooms{' '}
          {ordered.length > 0 && <span class="count">{ordered.length.toLocaleString('en')}</span>}
        </h1>
        {ordered.length > 0 && (
          <label class="search">
            <Icon name="search" size={18} />
            <span class="unseen">Find a room by its name or owner</span>
            <input
              ref={search}
              type="search"
              placeholder="Find a room"
              value={query}
              onInput={(event) => {
                setQuery(event.currentTarget.value);
                setMadeId(undefined);
              }}
            />
          </label>
        )}
        <div class="actions">
          <Button icon="refresh" isBusy={refresh.isPending} onClick={() => void refresh.run({})}>
            Refresh
          </Button>
          <Button kind="primary" icon="plus" onClick={() => setOpen({ dialog: 'create' })}>
            Create room
          </Button>
        </div>
      </header>
      <main class="rooms">
        <FailureBanner failure={storage} />
        <FallbackBanner onSettings={() => setOpen({ dialog: 'settings' })} />
        <FailureBanner
          failure={failure}
          onClose={() => {
            join.clear();
            refresh.clear();
            forget.clear();
          }}
        />
        {rooms === undefined ? (
          <p class="loading">
            <Spinner /> Looking for rooms…
          </p>
        ) : ordered.length === 0 ? (
          <EmptyRooms onCreate={() => setOpen({ dialog: 'create' })} />
        ) : shown.length === 0 ? (
          <div class="empty">
            <h2 tabIndex={-1} data-first-focus>
              No room found
            </h2>
            <p class="muted">
              No name or owner has “<Name>{query}</Name>” in it.
            </p>
            <Button onClick={() => setQuery('')}>Show all rooms</Button>
          </div>
        ) : (
          <div class="rooms-split">
            <RoomList
              list={list}
              rooms={shown}
              chosen={chosen}
              onChoose={choose}
              onJoin={enter}
              onType={() => search.current?.focus()}
            />
            {chosen !== undefined && (
              <RoomDetails
                room={chosen}
                isJoining={join.isPending}
                onJoin={() => enter(chosen)}
                onDelete={() => setOpen({ dialog: 'delete', room: chosen })}
                isForgetting={forget.isPending}
                onForget={() => void forget.run({ id: chosen.id })}
              />
            )}
          </div>
        )}
      </main>
      <footer class="bottom-bar">
        <button
          type="button"
          class="who"
          aria-label={`Account: ${account.name}`}
          onClick={() => setOpen({ dialog: 'account' })}
        >
          <Icon name="account" />
          <Name>{account.name}</Name>
        </button>
        <IconButton
          label="Settings"
          icon="settings"
          onClick={() => setOpen({ dialog: 'settings' })}
        />
      </footer>
      {open?.dialog === 'create' && (
        <CreateRoomDialog
          onClose={close}
          onCreated={(id) => {
            setQuery('');
            setChosenId(id);
            setMadeId(id);
            close();
          }}
        />
      )}
      {open?.dialog === 'account' && <AccountDialog account={account} onClose={close} />}
      {open?.dialog === 'settings' && <SettingsDialog onClose={close} />}
      {open?.dialog === 'delete' && <DeleteRoomDialog room={open.room} onClose={close} />}
      {join.dialog}
    </div>
  );
}
