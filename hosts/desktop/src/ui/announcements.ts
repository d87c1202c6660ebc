import { useEffect, useRef, useState } from 'preact/hooks';
import type { CameraView, ListedRoom } from '../messages/index.js';
import { statusLine } from './call/state-text.js';
import type { UiState } from './state.js';

/** Quiet time before an announcement, ms. Changes that are undone in it are never announced. */
const QUIET_MS = 600;
/** Longest delay while changes continue, such as rooms opening and closing, ms. */
const LATEST_MS = 3_000;

/** An announced sentence. The same words again are a new object. */
export interface Announcement {
  readonly text: string;
}

/** The audible part of the state, by topic. An empty topic is silent. */
interface Audible {
  /** State of the call, and whether the app is connected. */
  readonly status: string;
  readonly partner: string;
  readonly camera: string;
  /** Rooms by id; undefined while the list is not on screen. */
  readonly rooms: ReadonlyMap<string, ListedRoom> | undefined;
}

/**
 * Announces changes to screen readers: the latest change of each topic, once, when the state is
 * quiet.
 */
export function useAnnouncement(state: UiState): Announcement {
  const [announcement, setAnnouncement] = useState<Announcement>({ text: '' });
  const now = audible(state);
  const before = useRef<Audible>(undefined);
  const since = useRef<number>(undefined);
  const { status, partner, camera, rooms } = now;
  useEffect(() => {
    const held = before.current ?? now;
    // A topic that appears together with another state is not news.
    before.current = {
      status: held.status,
      partner: held.partner || partner,
      camera: held.camera || camera,
      rooms: held.rooms ?? rooms,
    };
    const known = before.current;
    since.current ??= performance.now();
    const left = since.current + LATEST_MS - performance.now();
    const timer = setTimeout(
      () => {
        since.current = undefined;
        const news = changes(known, now);
        before.current = now;
        if (news.length > 0) setAnnouncement({ text: news.join(' ') });
      },
      Math.min(QUIET_MS, Math.max(0, left)),
    );
    return () => clearTimeout(timer);
  }, [status, partner, camera, rooms]);
  return announcement;
}

function audible({ connection, page, account, call, rooms, playback }: UiState): Audible {
  const silent = { status: '', partner: '', camera: '', rooms: undefined };
  if (connection === 'lost' || connection === 'silent')
    return { ...silent, status: 'Reconnecting to Roomkey…' };
  if (connection !== 'open' || page !== 'active') return silent;
  if (call === null) return { ...silent, rooms: account ? rooms : undefined };
  const { state, camera } = call;
  const isLive = state.phase === 'live';
  return {
    ...silent,
    status: statusLine(call),
    partner: isLive ? partnersPicture(state.partner.name, playback.remote) : '',
    camera: state.phase === 'ended' ? '' : ownCamera(camera, playback.preview),
  };
}

function partnersPicture(name: string, picture: UiState['playback']['remote']): string {
  switch (picture) {
    case 'none':
      return `No picture yet from ${name}.`;
    case 'still':
      return `No picture now from ${name}.`;
    case 'stuck':
      return `Pictures come from ${name}, and none can be shown.`;
    case 'late':
      return 'This computer is too busy to show the picture in time.';
    case 'moving':
      return `${name}’s picture is shown.`;
  }
}

function ownCamera(camera: CameraView, picture: UiState['playback']['preview']): string {
  switch (camera.kind) {
    case 'off':
      return 'Your camera is off.';
    case 'on':
      return picture === 'still' ? 'No picture comes from your camera now.' : 'Your camera is on.';
    case 'failed':
      return camera.failure.message;
    case 'starting':
      return 'Starting your camera…';
  }
}

/** The sentences for a change of the state. */
function changes(before: Audible, after: Audible): readonly string[] {
  // A new status is the only sentence: the other changes follow from it.
  if (after.status !== before.status) return [after.status];
  const said = [after.partner, after.camera].filter(
    (text, index) => text !== '' && text !== [before.partner, before.camera][index],
  );
  return [...said, ...roomChanges(before.rooms, after.rooms)];
}

function roomChanges(before: Audible['rooms'], after: Audible['rooms']): readonly string[] {
  if (before === undefined || after === undefined || before === after) return [];
  const opened = [...after.values()].filter((room) => isNews(room) && !isOpen(before.get(room.id)));
  const closed = [...before.values()].filter((room) => isNews(room) && !isOpen(after.get(room.id)));
  return [...sentence(opened, 'open'), ...sentence(closed, 'closed')];
}

/** Own rooms are not news, nor rooms of an owner whose identity changed. */
function isNews(room: ListedRoom): boolean {
  return isOpen(room) && !room.mine && room.known !== 'changed';
}

function isOpen(room: ListedRoom | undefined): boolean {
  return room?.live === true;
}

function sentence(rooms: readonly ListedRoom[], what: 'open' | 'closed'): readonly string[] {
  const [first] = rooms;
  if (first === undefined) return [];
  if (rooms.length > 1) return [`${rooms.length} rooms are ${what} now.`];
  return [`${first.name} is ${what} now.`];
}
