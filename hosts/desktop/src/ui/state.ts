import type { PageSound } from '@roomkey/core/host';
import type { VideoKind } from '@roomkey/core/wire';
import type { PlaybackState } from './call/playback-monitor.js';
import type {
  AppEvent,
  CallView,
  FailureView,
  PluginView,
  ListedRoom,
  Settings,
  StatisticsView,
} from '../messages/index.js';

/** A notice, shown until the user closes it. */
export interface Notice {
  readonly id: number;
  readonly topic: Extract<AppEvent, { event: 'notice' }>['topic'];
  readonly failure: FailureView;
  /** Arrival time, ms of any clock. */
  readonly at: number;
}

/** Totals of a live call and when they arrived, ms of any clock. */
export interface StatisticsSample {
  readonly at: number;
  readonly counts: StatisticsView;
}

/** The signed-in account. */
export interface Account {
  readonly name: string;
  readonly fingerprint: string;
}

/** State of the whole page. Values that the app has not sent yet are undefined. */
export interface UiState {
  /** `lost`: reconnecting. `silent`: connected, but the app does not answer. */
  readonly connection: 'open' | 'lost' | 'silent' | 'refused' | 'expired' | 'gone';
  readonly page: 'active' | 'elsewhere';
  readonly version: string | undefined;
  readonly plugins: readonly PluginView[];
  readonly settings: Settings | undefined;
  readonly account: Account | null | undefined;
  /** If no one is signed in: the previous account, if it can sign in again. */
  readonly lastAccount: string | undefined;
  readonly storage: FailureView | null;
  /** Undefined until the first list arrives. */
  readonly rooms: ReadonlyMap<string, ListedRoom> | undefined;
  readonly call: CallView | null;
  /**
   * By track of the partner: increases with each new or returning partner, and each time that the track
   * goes on. A stream and its last picture belong to one generation.
   */
  readonly generations: Readonly<Record<VideoKind, number>>;
  /** The last two samples, newer first, for rates. */
  readonly samples: readonly StatisticsSample[];
  /** Newest last. */
  readonly notices: readonly Notice[];
  /** The playback of the partner's video; `none` without a call. */
  readonly playback: {
    readonly remote: Readonly<Record<VideoKind, PlaybackState>>;
    readonly preview: Readonly<Record<VideoKind, PlaybackState>>;
  };
  /** The number of open dialogs, usually 0 or 1. */
  readonly dialogs: number;
  /** What a plugin does with sound in this page. */
  readonly sound: PageSound | undefined;
  /** Whether the browser holds the sound back until the next click or key. */
  readonly isSoundBlocked: boolean;
}

/**
 * Events that change the state: the app's events, changes of the connection, closed notices, changes
 * of playback and sound, opened and closed dialogs.
 */
export type UiEvent =
  | Exclude<
      AppEvent,
      { event: 'statistics' | 'notice' | 'levels' | 'plugin-text' | 'page-modules' }
    >
  /** `at`: ms of any clock. */
  | (Extract<AppEvent, { event: 'statistics' | 'notice' }> & { readonly at: number })
  | { readonly event: 'connection'; readonly connection: UiState['connection'] }
  | { readonly event: 'notice-closed'; readonly id: number }
  | {
      readonly event: 'playback';
      readonly of: 'remote' | 'preview';
      readonly track: VideoKind;
      readonly playback: PlaybackState;
    }
  | { readonly event: 'dialog'; readonly change: 1 | -1 }
  | { readonly event: 'sound'; readonly sound: PageSound | undefined }
  | { readonly event: 'sound-blocked'; readonly isBlocked: boolean };

/** Whether requests cannot reach the app now. */
export function isLost({ connection }: UiState): boolean {
  return connection === 'lost' || connection === 'silent';
}

export const initialState: UiState = {
  connection: 'open',
  page: 'active',
  version: undefined,
  plugins: [],
  settings: undefined,
  account: undefined,
  lastAccount: undefined,
  storage: null,
  rooms: undefined,
  call: null,
  generations: { camera: 0, screen: 0 },
  samples: [],
  notices: [],
  playback: {
    remote: { camera: 'none', screen: 'none' },
    preview: { camera: 'none', screen: 'none' },
  },
  dialogs: 0,
  sound: undefined,
  isSoundBlocked: false,
};

/** Limit of notices; beyond it the oldest is dropped. The app queues as many for a page. */
const MAX_NOTICES = 20;
/** Limit of notices about a call, which strangers on the network can trigger. */
const MAX_OF_CALL = 3;
/** The same notice from two addresses within this time is one attempt over two networks, ms. */
const SAME_ATTEMPT_MS = 3_000;

/** Returns the state after `event`. */
export function reduce(state: UiState, event: UiEvent): UiState {
  switch (event.event) {
    case 'app':
      return { ...state, version: event.version, plugins: event.plugins };
    case 'settings':
      return { ...state, settings: event.settings };
    case 'account':
      return { ...state, account: event.account, lastAccount: event.last };
    case 'storage':
      return { ...state, storage: event.failure };
    case 'rooms':
      return { ...state, rooms: changeRooms(state.rooms, event) };
    case 'call':
      return changeCall(state, event.call);
    case 'statistics': {
      const sample = { at: event.at, counts: event.statistics };
      return { ...state, samples: [sample, ...state.samples].slice(0, 2) };
    }
    case 'notice':
      return { ...state, notices: addNotice(state.notices, event) };
    case 'notice-closed':
      return { ...state, notices: state.notices.filter(({ id }) => id !== event.id) };
    case 'playback':
      return { ...state, playback: changePlayback(state.playback, event) };
    case 'dialog':
      return { ...state, dialogs: state.dialogs + event.change };
    case 'sound':
      return { ...state, sound: event.sound, isSoundBlocked: event.sound?.isBlocked === true };
    case 'sound-blocked':
      return { ...state, isSoundBlocked: event.isBlocked };
    case 'page':
      return { ...state, page: event.state };
    case 'connection': {
      const { connection } = event;
      return {
        ...state,
        connection,
        rooms: connection === 'lost' ? unsure(state.rooms) : state.rooms,
      };
    }
  }
}

function changePlayback(
  before: UiState['playback'],
  { of, track, playback }: Extract<UiEvent, { event: 'playback' }>,
): UiState['playback'] {
  return { ...before, [of]: { ...before[of], [track]: playback } };
}

function changeRooms(
  before: UiState['rooms'],
  { reset, rooms, lost }: Extract<AppEvent, { event: 'rooms' }>,
): ReadonlyMap<string, ListedRoom> {
  const after = new Map(reset ? [] : before);
  for (const id of lost) after.delete(id);
  for (const room of rooms) after.set(room.id, room);
  return after;
}

/** Which rooms are live is unknown while disconnected. */
function unsure(rooms: UiState['rooms']): UiState['rooms'] {
  return rooms && new Map([...rooms].map(([id, room]) => [id, { ...room, live: false }]));
}

function changeCall(state: UiState, call: CallView | null): UiState {
  const isSame = call?.room.id === state.call?.room.id;
  const isLive = call?.state.phase === 'live';
  const isNew = isNewPartner(state.call, call);
  const generation = (track: VideoKind): number =>
    state.generations[track] + (isNew || comesOn(track, state.call, call) ? 1 : 0);
  return {
    ...state,
    call,
    generations: { camera: generation('camera'), screen: generation('screen') },
    // Rates cover one generation of one partner.
    samples: isLive && isSame ? state.samples : [],
    notices: state.notices.filter(
      ({ topic, failure }) =>
        // Notices of one call do not apply to the next,
        (isSame || !isOfCall(topic)) &&
        // nor do notices of failed attempts once that person, or another, has joined,
        !(isNew && isOfComing(failure, partnerOf(call))) &&
        // nor those of a device once it runs.
        !starts(topic, state.call, call),
    ),
  };
}

function isNewPartner(before: CallView | null, after: CallView | null): boolean {
  const partner = partnerOf(after);
  return partner !== undefined && partner !== partnerOf(before);
}

function comesOn(track: VideoKind, before: CallView | null, after: CallView | null): boolean {
  return after?.remote[track].kind === 'on' && before?.remote[track].kind !== 'on';
}

/** Whether the topic is a device for sound that runs from now on. */
function starts(topic: Notice['topic'], before: CallView | null, after: CallView | null): boolean {
  if (topic !== 'microphone' && topic !== 'speaker') return false;
  return after?.[topic].kind === 'on' && before?.[topic].kind !== 'on';
}

/** The partner's fingerprint. */
function partnerOf(call: CallView | null): string | undefined {
  return call?.state.phase === 'live' ? call.state.participants[0].fingerprint : undefined;
}

/** Whether this partner's joining settles the notice; for another changed person it still holds. */
function isOfComing({ code, person }: FailureView, partner: string | undefined): boolean {
  if (person === undefined) return code === 'RK_HANDSHAKE_FAILED';
  return partner !== undefined && person.shown.includes(partner);
}

function isOfCall(topic: Notice['topic']): boolean {
  return topic !== 'storage' && topic !== 'app';
}

function addNotice(
  before: readonly Notice[],
  { topic, failure, at }: Extract<UiEvent, { event: 'notice' }>,
): readonly Notice[] {
  const said = withoutAddresses(failure.message);
  // Not for changed identities: the sentence is the same, but the person may differ.
  const isSaid =
    failure.person === undefined &&
    before.some(
      (one) => at - one.at < SAME_ATTEMPT_MS && withoutAddresses(one.failure.message) === said,
    );
  // For example someone with a wrong password who tries over two networks at once.
  if (isSaid) return before;
  // A repeated notice keeps its id and so its element: the user may just be pressing its button.
  const same = before.find((one) => one.failure.message === failure.message);
  const id = same?.id ?? Math.max(0, ...before.map((one) => one.id)) + 1;
  const others = before.filter((one) => one !== same);
  const all = [...others, { id, topic, failure, at }];
  const ofCall = all.filter((one) => isOfCall(one.topic));
  // Limited separately: the notice is the only place to accept a changed identity.
  const old = [
    ...ofCall.filter((one) => one.failure.person === undefined).slice(0, -MAX_OF_CALL),
    ...ofCall.filter((one) => one.failure.person !== undefined).slice(0, -MAX_OF_CALL),
  ];
  return all.filter((one) => !old.includes(one)).slice(-MAX_NOTICES);
}

/** Removes IP addresses and ports from a sentence. */
function withoutAddresses(sentence: string): string {
  return sentence.replace(
    /(?:\d+\.){3}\d+(?::\d+)?|\[?[\da-f]*:[\da-f:.]*:[\da-f:.]*\]?(?::\d+)?/giu,
    '…',
  );
}
