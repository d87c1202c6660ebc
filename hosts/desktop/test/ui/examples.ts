import type { CameraDevice } from '@roomkey/core/host';
import type {
  AppEvent,
  CallPhase,
  CallView,
  FailureView,
  KnockView,
  PluginView,
  ListedRoom,
  ParticipantView,
  Settings,
  StatisticsView,
} from '../../src/messages/index.js';

/** Events of the scripted app in most states. */

export const settings: Settings = {
  theme: 'system',
  deviceId: 'front',
  resolution: '1280x720',
  fps: 30,
  codec: 'auto',
  quality: 75,
  mirror: true,
  statistics: false,
  microphone: true,
  processing: true,
  volume: 80,
};

const plugin = (service: string, name: string): PluginView => ({
  service,
  name: `@roomkey/${name}`,
  version: '0.1.0',
  skipped: [],
});

export const plugins: readonly PluginView[] = [
  {
    ...plugin('storage', 'storage-json'),
    skipped: [
      { name: '@roomkey/storage-mongo', reason: 'MONGO_URI is not set.', isExpected: false },
    ],
  },
  plugin('camera', 'camera-browser'),
  plugin('audio', 'audio-command'),
  plugin('transport', 'transport-tcp'),
  plugin('discovery', 'discovery-udp'),
  plugin('cipher', 'cipher-aes-gcm'),
];

export const account = { name: 'Marta Lindqvist', fingerprint: '3f0c-91aa-07be-55d2-e614' };

/** The screen device of `camera-browser`, under a different id. */
export const screen: CameraDevice = { id: 'screen-0', label: 'Share the screen', kind: 'screen' };

/** Names of 64 bytes, right-to-left, and beyond the basic plane. */
export const awkwardNames = [
  'Observatory-Northern-Annexe-Second-Floor-Room-Two-Hundred-And-12',
  'غرفة الاجتماعات في الطابق الثاني',
  '👩‍👩‍👧‍👦 Family room 🏡',
];

export function room(number: number, over: Partial<ListedRoom> = {}): ListedRoom {
  return {
    id: number.toString(16).padStart(32, '0'),
    name: `Room ${number}`,
    owner: 'Jonas',
    password: false,
    unlocked: false,
    stored: true,
    live: false,
    confirmed: true,
    full: false,
    compatible: true,
    mine: false,
    ...over,
  };
}

export const rooms: readonly ListedRoom[] = [
  room(1, { name: 'Kitchen', owner: 'Jonas', known: 'same', live: true, stored: false }),
  room(2, {
    name: 'Ward 4, night desk',
    owner: 'Dr. Amara Okafor',
    known: 'new',
    live: true,
    password: true,
  }),
  room(3, { name: 'Workshop', owner: account.name, mine: true, password: true, unlocked: true }),
  room(4, { name: 'Front door', owner: account.name, mine: true }),
  room(5, { name: 'Grandparents', owner: 'Ilse', known: 'same', password: true }),
  room(6, { name: 'Lab 12', owner: 'Jonas', known: 'same' }),
];

/** A visited room that is closed. */
export const visited = room(7, {
  name: 'Ward 4, night desk',
  owner: 'Dr. Amara Okafor',
  password: true,
  stored: false,
  confirmed: false,
  visitedAt: Date.UTC(2026, 10, 28, 14, 3),
});

export function failure(code: FailureView['code'], message: string): FailureView {
  return { code, message };
}

/** The first events, independent of the account. */
export function opening(over: Partial<Settings> = {}): readonly AppEvent[] {
  return [
    { event: 'app', version: '0.1.0', plugins },
    { event: 'settings', settings: { ...settings, ...over } },
    { event: 'storage', failure: null },
    { event: 'page', state: 'active' },
  ];
}

/** The events of a signed-in account with these rooms. */
export function signedIn(
  list: readonly ListedRoom[] = rooms,
  over: Partial<Settings> = {},
): readonly AppEvent[] {
  return [
    ...opening(over),
    { event: 'account', account },
    { event: 'rooms', reset: true, rooms: list, lost: [] },
    { event: 'call', call: null },
  ];
}

export const jonas: ParticipantView = {
  name: 'Jonas',
  fingerprint: '7be1-0c4d-a92f-3365-18fe',
  known: 'same',
  words: ['harbour', 'violin', 'cactus', 'meadow'],
  cipher: 'AES-256-GCM',
  connections: 2,
};

/** Guests who want to join: a stranger, one who was met before, and one who may be mistaken. */
export const knocks: readonly [KnockView, KnockView, KnockView] = [
  {
    id: 'd0'.repeat(32),
    name: 'Dora',
    fingerprint: '5e21-b7c0-39d4-8a6f-02bd',
    known: 'new',
  },
  { id: 'ca'.repeat(32), name: 'Carl', fingerprint: '91f3-22ab-7704-ce58-6d1a', known: 'same' },
  {
    id: '10'.repeat(32),
    name: 'Jon\u0430s',
    fingerprint: 'c02a-77e9-4d1b-90ff-a3c8',
    known: 'new',
    notes: ['The name looks like Jonas, who you’ve met, but this is someone else.'],
  },
];

/** A live call with Jonas, or with a participant with these different fields. */
export function liveWith(
  over: Partial<ParticipantView> = {},
): Extract<CallPhase, { phase: 'live' }> {
  return { phase: 'live', participants: [{ ...jonas, ...over }] };
}

export const live = liveWith();

/** The participant's tracks: by default the camera. */
export function showing(over: Partial<CallView['remote']> = {}): CallView['remote'] {
  return { camera: { kind: 'on' }, screen: { kind: 'off' }, ...over };
}

/** A call in this state; in a live one the participant’s camera is on. */
export function call(
  state: CallPhase,
  over: Partial<Omit<CallView, 'state'>> = {},
): Extract<AppEvent, { event: 'call' }> {
  return {
    event: 'call',
    call: {
      room: { id: room(1).id, name: 'Kitchen', owner: 'Jonas', mine: false, password: false },
      camera: { kind: 'off' },
      screen: { kind: 'off' },
      screenAudio: false,
      remote: state.phase === 'live' ? showing() : showing({ camera: { kind: 'off' } }),
      microphone: { kind: 'on', muted: false },
      speaker: { kind: 'on' },
      remoteMicrophone: state.phase === 'live' ? { kind: 'on', muted: false } : { kind: 'off' },
      knocks: [],
      ...over,
      state,
    },
  };
}

const nothingPlayed: NonNullable<StatisticsView['speaker']> = {
  depthMs: 0,
  targetMs: 20,
  playedSamples: 0,
  concealedSamples: 0,
  lateUnits: 0,
  underruns: 0,
  level: 0,
};

/** Counts of a call in which this many units of the camera were sent and received. */
export function counts(over: {
  readonly sent?: Partial<StatisticsView['sent']['camera']>;
  readonly received?: Partial<StatisticsView['received']['camera']>;
  readonly speaker?: Partial<typeof nothingPlayed>;
  readonly soundAgeMs?: number;
}): StatisticsView {
  const nothingSent = { sent: 0, dropped: 0, bytes: 0, isShown: true };
  const noSound = { sent: 0, dropped: 0, copied: 0 };
  const nothingReceived = { units: 0, bytes: 0 };
  return {
    sent: {
      camera: { ...nothingSent, ...over.sent },
      screen: nothingSent,
      microphone: noSound,
      screenAudio: noSound,
    },
    received: {
      camera: { ...nothingReceived, ...over.received },
      screen: nothingReceived,
      microphone: { units: 0 },
      screenAudio: { units: 0 },
    },
    ...(over.speaker !== undefined && { speaker: { ...nothingPlayed, ...over.speaker } }),
    ...(over.soundAgeMs !== undefined && { soundAgeMs: over.soundAgeMs }),
  };
}

export const ownRoom = {
  id: room(3).id,
  name: 'Workshop',
  owner: account.name,
  mine: true,
  password: true,
};

/** An own room that anyone may ask to join. */
export const openRoom = { ...ownRoom, password: false };

/** These guests want to join it; the own camera is on. */
export function knocking(...of: readonly KnockView[]): AppEvent {
  const camera = { kind: 'on', preview: true } as const;
  return call({ phase: 'waiting' }, { room: openRoom, camera, knocks: of });
}

/** Another person's room, with a password. */
export const ward = {
  id: room(2).id,
  name: 'Ward 4, night desk',
  owner: 'Dr. Amara Okafor',
  mine: false,
  password: true,
};
