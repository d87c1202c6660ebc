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

/** Something to know that ends nothing, shown until a person closes it. */
export interface Notice {
  readonly id: number;
  readonly topic: Extract<AppEvent, { event: 'notice' }>['topic'];
  readonly failure: FailureView;
  /** When it came, milliseconds of any clock. */
  readonly at: number;
}

/** The counts of a live call, and when the page got them: milliseconds of any clock. */
export interface StatisticsSample {
  readonly at: number;
  readonly counts: StatisticsView;
}

/** Who is signed in. */
export interface Account {
  readonly name: string;
  readonly fingerprint: string;
}

/** What the whole page is made of. What the app has not told yet is undefined. */
export interface UiState {
  /** `lost`: it is tried to have it back; `silent`: it is there, and the app says nothing. */
  readonly connection: 'open' | 'lost' | 'silent' | 'refused' | 'expired' | 'gone';
  readonly page: 'active' | 'elsewhere';
  readonly version: string | undefined;
  readonly plugins: readonly PluginView[];
  readonly settings: Settings | undefined;
  readonly account: Account | null | undefined;
  /** Where nobody is: who was before, and can sign in again. */
  readonly lastAccount: string | undefined;
  readonly storage: FailureView | null;
  /** Undefined until the app told the first list. */
  readonly rooms: ReadonlyMap<string, ListedRoom> | undefined;
  readonly call: CallView | null;
  /** Grows when a partner comes, also in the place of another: pictures are of one stay. */
  readonly partnerGeneration: number;
  /** The last two, so that rates can be made of them; the newer one first. */
  readonly samples: readonly StatisticsSample[];
  /** The newest last. */
  readonly notices: readonly Notice[];
  /** What is known of the pictures that come; `none` where there is no call. */
  readonly playback: { readonly remote: PlaybackState; readonly preview: PlaybackState };
  /** How many dialogs are open: most often none or one. */
  readonly dialogs: number;
}

/**
 * What changes the state: what the app tells, what becomes of the connection to it, a closed notice,
 * a picture that comes or stays away, a dialog that is opened or closed.
 */
export type UiEvent =
  | Exclude<AppEvent, { event: 'statistics' | 'notice' | 'plugin-text' | 'page-modules' }>
  /** `at`: milliseconds of any clock. */
  | (Extract<AppEvent, { event: 'statistics' | 'notice' }> & { readonly at: number })
  | { readonly event: 'connection'; readonly connection: UiState['connection'] }
  | { readonly event: 'notice-closed'; readonly id: number }
  | {
      readonly event: 'playback';
      readonly of: 'remote' | 'preview';
      readonly playback: PlaybackState;
    }
  | { readonly event: 'dialog'; readonly change: 1 | -1 };

/** Whether nothing that is asked for reaches the app at the moment. */
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
  partnerGeneration: 0,
  samples: [],
  notices: [],
  playback: { remote: 'none', preview: 'none' },
  dialogs: 0,
};

/** Kept until they are closed; beyond it the oldest goes. As many wait for a page. */
const MAX_NOTICES = 20;
/** Of those that a call brings about, and others in reach can: older ones are of no use. */
const MAX_OF_CALL = 3;
/** Within so long the same from two addresses is one attempt by two ways, ms. */
const SAME_ATTEMPT_MS = 3_000;

/** The state after `event`. */
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
      return { ...state, playback: { ...state.playback, [event.of]: event.playback } };
    case 'dialog':
      return { ...state, dialogs: state.dialogs + event.change };
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

function changeRooms(
  before: UiState['rooms'],
  { reset, rooms, lost }: Extract<AppEvent, { event: 'rooms' }>,
): ReadonlyMap<string, ListedRoom> {
  const after = new Map(reset ? [] : before);
  for (const id of lost) after.delete(id);
  for (const room of rooms) after.set(room.id, room);
  return after;
}

/** Which rooms are live, nobody tells at the moment. */
function unsure(rooms: UiState['rooms']): UiState['rooms'] {
  return rooms && new Map([...rooms].map(([id, room]) => [id, { ...room, live: false }]));
}

function changeCall(state: UiState, call: CallView | null): UiState {
  const isSame = call?.room.id === state.call?.room.id;
  const isLive = call?.state.phase === 'live';
  const isNew = isNewPartner(state.call, call);
  return {
    ...state,
    call,
    partnerGeneration: state.partnerGeneration + (isNew ? 1 : 0),
    // Rates go over one stay of one partner.
    samples: isLive && isSame ? state.samples : [],
    notices: state.notices.filter(
      ({ topic, failure }) =>
        // What was said of one call is out of place in the next,
        (isSame || !isOfCall(topic)) &&
        // and what was said of who could not come in, once they or others are.
        !(isNew && isOfComing(failure, partnerOf(call))),
    ),
  };
}

function isNewPartner(before: CallView | null, after: CallView | null): boolean {
  const partner = partnerOf(after);
  return partner !== undefined && partner !== partnerOf(before);
}

/** The fingerprint of who is there. */
function partnerOf(call: CallView | null): string | undefined {
  return call?.state.phase === 'live' ? call.state.partner.fingerprint : undefined;
}

/** Whether it is settled by this partner; of somebody else who changed it stays true. */
function isOfComing({ code, person }: FailureView, partner: string | undefined): boolean {
  if (person === undefined) return code === 'RK_HANDSHAKE_FAILED';
  return partner !== undefined && person.shown.includes(partner);
}

function isOfCall(topic: Notice['topic']): boolean {
  return topic === 'camera' || topic === 'refused';
}

function addNotice(
  before: readonly Notice[],
  { topic, failure, at }: Extract<UiEvent, { event: 'notice' }>,
): readonly Notice[] {
  const said = withoutAddresses(failure.message);
  // Not of somebody who changed: the sentence is the same, and who waits is not.
  const isSaid =
    failure.person === undefined &&
    before.some(
      (one) => at - one.at < SAME_ATTEMPT_MS && withoutAddresses(one.failure.message) === said,
    );
  // As when somebody with a wrong password comes over two networks at once.
  if (isSaid) return before;
  // What is said again takes the place of what was said before, as the same element: its button may
  // be pressed at this moment.
  const same = before.find((one) => one.failure.message === failure.message);
  const id = same?.id ?? Math.max(0, ...before.map((one) => one.id)) + 1;
  const others = before.filter((one) => one !== same);
  const all = [...others, { id, topic, failure, at }];
  const ofCall = all.filter((one) => isOfCall(one.topic));
  // Apart: the notice is the only place where somebody who changed can be accepted.
  const old = [
    ...ofCall.filter((one) => one.failure.person === undefined).slice(0, -MAX_OF_CALL),
    ...ofCall.filter((one) => one.failure.person !== undefined).slice(0, -MAX_OF_CALL),
  ];
  return all.filter((one) => !old.includes(one)).slice(-MAX_NOTICES);
}

/** A sentence without the IP addresses in it, and their ports. */
function withoutAddresses(sentence: string): string {
  return sentence.replace(
    /(?:\d+\.){3}\d+(?::\d+)?|\[?[\da-f]*:[\da-f:.]*:[\da-f:.]*\]?(?::\d+)?/giu,
    '…',
  );
}
