import { useEffect, useRef, useState } from 'preact/hooks';
import type {
  CallView,
  ListedRoom,
  LocalTrackView,
  MicrophoneView,
  RemoteMicrophoneView,
} from '../messages/index.js';
import { offText } from './call/remote-video.js';
import { phaseLine, unattendedText } from './call/state-text.js';
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
  /** The participant’s camera and screen, and the user's own. */
  readonly partner: string;
  readonly partnerScreen: string;
  /** The microphones. */
  readonly partnerSound: string;
  readonly microphone: string;
  readonly camera: string;
  readonly screen: string;
  /** Rooms by id, with whether each is open; undefined if the list is not shown. */
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
  const { status, partner, partnerScreen, partnerSound, microphone, camera, screen, rooms } = now;
  useEffect(() => {
    const held = before.current ?? now;
    // A topic that appears together with another state is not news.
    before.current = {
      status: held.status,
      partner: held.partner || partner,
      partnerScreen: held.partnerScreen || partnerScreen,
      partnerSound: held.partnerSound || partnerSound,
      microphone: held.microphone || microphone,
      camera: held.camera || camera,
      screen: held.screen || screen,
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
  }, [status, partner, partnerScreen, partnerSound, microphone, camera, screen, rooms]);
  return announcement;
}

function audible({ connection, page, account, call, rooms, playback }: UiState): Audible {
  const silent = {
    status: '',
    partner: '',
    partnerScreen: '',
    partnerSound: '',
    microphone: '',
    camera: '',
    screen: '',
    rooms: undefined,
  };
  if (connection === 'lost' || connection === 'silent')
    return { ...silent, status: 'Reconnecting to Roomkey…' };
  if (connection !== 'open' || page !== 'active') return silent;
  if (call === null) return { ...silent, rooms: account ? rooms : undefined };
  const { state, camera, microphone } = call;
  const isOver = state.phase === 'ended';
  return {
    ...silent,
    status: audibleStatus(call),
    ...(state.phase === 'live' && remoteTracks(state.participants[0].name, call, playback.remote)),
    microphone: isOver ? '' : ownMicrophone(microphone),
    camera: isOver ? '' : ownCamera(camera, playback.preview.camera),
    screen: isOver ? '' : ownScreen(call),
  };
}

function audibleStatus(call: CallView): string {
  const { state } = call;
  const line = phaseLine(call);
  if (state.phase !== 'live' || state.participants[0].unattended !== true) return line;
  return `${line}. ${unattendedText(state.participants[0].name)}`;
}

function remoteTracks(
  name: string,
  { remote: { camera, screen }, remoteMicrophone }: CallView,
  playback: UiState['playback']['remote'],
): Pick<Audible, 'partner' | 'partnerScreen' | 'partnerSound'> {
  return {
    partner:
      camera.kind === 'off'
        ? `${name}’s ${offText(camera.reason)}.`
        : remoteCamera(name, playback.camera),
    partnerSound: partnerSound(name, remoteMicrophone),
    partnerScreen:
      screen.kind === 'on' ? `${name} shares their screen.` : `${name} doesn’t share a screen.`,
  };
}

function remoteCamera(name: string, playback: UiState['playback']['remote']['camera']): string {
  switch (playback) {
    case 'none':
    case 'moving':
      return `${name}’s camera is on.`;
    case 'still':
      return `${name}’s video is paused: slow connection.`;
    case 'stuck':
      return `${name}’s video can’t be played here.`;
  }
}

function partnerSound(name: string, microphone: RemoteMicrophoneView): string {
  if (microphone.kind === 'off') return `${name}’s microphone is off.`;
  return microphone.muted ? `${name} is muted.` : `${name}’s microphone is on.`;
}

function ownMicrophone(microphone: MicrophoneView): string {
  switch (microphone.kind) {
    case 'off':
      return 'Your microphone is off.';
    case 'on':
      return microphone.muted ? 'You’re muted.' : 'Your microphone is on.';
    // A notice says so.
    case 'failed':
    case 'starting':
      return '';
  }
}

function ownCamera(
  camera: LocalTrackView,
  playback: UiState['playback']['preview']['camera'],
): string {
  switch (camera.kind) {
    case 'off':
      return 'Your camera is off.';
    case 'on':
      return playback === 'still' ? 'Your camera stopped working.' : 'Your camera is on.';
    case 'failed':
      return camera.failure.message;
    case 'starting':
      return 'Starting your camera…';
  }
}

function ownScreen({ screen, screenAudio }: CallView): string {
  switch (screen.kind) {
    case 'off':
      return 'Your screen isn’t shared.';
    case 'on':
      return screenAudio ? 'You’re sharing your screen with sound.' : 'You’re sharing your screen.';
    case 'failed':
      return screen.failure.message;
    case 'starting':
      return 'Starting screen sharing…';
  }
}

const topics = [
  'partner',
  'partnerScreen',
  'partnerSound',
  'camera',
  'screen',
  'microphone',
] as const;

/** A screen reader reads the state of the button that was pressed. */
function isMicrophoneFocused(): boolean {
  return document.activeElement?.matches('.microphone[aria-pressed]') === true;
}

/** The sentences about the changes from one state to the other. */
function changes(before: Audible, after: Audible): readonly string[] {
  // A new status is the only sentence: the other changes follow from it.
  if (after.status !== before.status) return [after.status];
  const said = topics
    .filter((topic) => topic !== 'microphone' || !isMicrophoneFocused())
    .filter((topic) => after[topic] !== '' && after[topic] !== before[topic])
    .map((topic) => after[topic]);
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
