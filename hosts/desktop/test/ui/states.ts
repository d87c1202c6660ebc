import type {
  AppEvent,
  CallView,
  EndView,
  FailureView,
  PluginView,
  RemoteTrackView,
} from '../../src/messages/index.js';
import {
  account,
  awkwardNames,
  call,
  counts,
  failure,
  jonas,
  knocking,
  knocks,
  live,
  liveWith,
  opening,
  openRoom,
  ownRoom,
  plugins,
  room,
  rooms,
  screen,
  showing,
  signedIn,
  visited,
  ward,
} from './examples.js';
import { missingBoth } from '../../src/app/sound-failures.js';
import type { TestUi, Script } from './gallery.js';
import { offerSound } from './offer-sound.js';

/** A state of the UI to check and photograph. */
export interface State extends Script {
  readonly name: string;
  /** Steps after the app's first events. */
  readonly act?: Step;
  /** Text that is visible in this state. */
  readonly sign: string;
}

/** A user action. */
type Step = (ui: TestUi) => Promise<void>;

const steps =
  (...all: readonly Step[]): Step =>
  async (ui) => {
    for (const step of all) await step(ui);
  };

const click =
  (...names: readonly string[]): Step =>
  async ({ page }) => {
    for (const name of names) await page.getByRole('button', { name, exact: true }).click();
  };

/** Types into fields, by their labels. */
const fill =
  (values: Readonly<Record<string, string>>): Step =>
  async ({ page }) => {
    for (const [label, value] of Object.entries(values)) {
      await page.getByLabel(label, { exact: true }).fill(value);
    }
  };

const marta = { Name: 'Marta', Password: 'a password' };

const devices = {
  result: [
    { id: 'front', label: 'Front camera' },
    { id: 'desk', label: 'HD Pro Webcam C920 on the second desk' },
    screen,
  ],
};
const soundDevices = {
  result: {
    inputs: [
      { id: 'default', label: 'Default' },
      { id: 'Headset', label: 'Headset' },
      { id: 'Built-in', label: 'Built-in Audio Analog Stereo' },
    ],
    outputs: [{ id: 'Built-in', label: 'Built-in Audio Analog Stereo' }],
  },
};
const answers = { 'camera.devices': devices, 'audio.devices': soundDevices };
const signedOut: readonly AppEvent[] = [...opening(), { event: 'account', account: null }];

const statistics = (times: number): AppEvent => ({
  event: 'statistics',
  statistics: counts({
    sent: { sent: 30 * times, dropped: times, bytes: 240_000 * times },
    received: { units: 30 * times, bytes: 262_000 * times },
    speaker: { playedSamples: 48_000 * times, concealedSamples: 96, depthMs: 43, targetMs: 40 },
    soundAgeMs: 31,
  }),
});

/** Someone speaks at each end. */
const levels: AppEvent = { event: 'levels', microphone: 0.08, speaker: 0.04 };

const denied = failure(
  'RK_AUDIO_DENIED',
  'The microphone may not be used here. Start it again, and allow it when you are asked. If nothing asks, permit it in the system’s privacy settings, and in the browser’s site settings if Roomkey runs in a browser.',
);
const noLoudspeaker = failure('RK_AUDIO_NOT_FOUND', 'There is no loudspeaker here. Connect one.');
const noMicrophone = failure('RK_AUDIO_NOT_FOUND', 'There is no microphone here. Connect one.');

/** A camera or screen of Node’s. */
const on = { kind: 'on', preview: true } as const;

const fallen: readonly PluginView[] = [
  {
    service: 'camera',
    name: '@roomkey/camera-opencv',
    version: '0.1.0',
    skipped: [
      {
        name: '@roomkey/camera-browser',
        reason: 'The plugin requires the service "page", which this program does not offer.',
        isExpected: true,
      },
    ],
  },
  ...plugins.filter(({ service }) => service !== 'camera'),
];

const wrong = failure('RK_ACCOUNT_REFUSED', 'The name or the password is wrong. Try again.');

const refused = failure(
  'RK_HANDSHAKE_FAILED',
  'Someone at 192.168.1.40 could not come in: a wrong password, or no right to be here. If it was your partner, tell them the password again.',
);

const changed: FailureView = {
  ...failure('RK_IDENTITY_MISMATCH', 'Jonas’s fingerprint changed. Check that it’s really Jonas.'),
  person: {
    name: 'Jonas',
    known: [jonas.fingerprint],
    shown: ['c02a-77e9-4d1b-90ff-a3c8'],
  },
};

/** An impostor with a known name and room name. */
const posed = room(7, { name: 'Kitchen', owner: 'Jonas', known: 'changed', live: true });

const alike = ['The name looks like Jonas, who you’ve met, but this is someone else.'];

const awkward = awkwardNames.flatMap((name, index) => [
  room(20 + index, {
    name,
    owner: awkwardNames[(index + 1) % 3]!.slice(0, 32),
    live: true,
    known: (['changed', 'new', 'same'] as const)[index],
  }),
  room(30 + index, { name: `${name} 2`, mine: true, owner: account.name, password: true }),
]);

const notice = (
  topic: Extract<AppEvent, { event: 'notice' }>['topic'],
  what: FailureView,
): AppEvent => ({ event: 'notice', topic, failure: what });

const roomFull = notice(
  'refused',
  failure('RK_ROOM_FULL', 'Carl tried to join. The room is full.'),
);

const slow = notice(
  'storage',
  failure(
    'RK_STORAGE_IO',
    'The settings could not be written to /home/marta/.config/roomkey/desktop.json (no space left on the device). They hold until Roomkey is closed.',
  ),
);

/** Waits for the large video of the participant. */
const seeRemote: Step = ({ page }) => page.locator('.remote .picture:not(.away)').waitFor();

/** Waits for the small video of the participant. */
const seeThumbnail: Step = ({ page }) =>
  page.locator('.small:not(.local) .picture:not(.away)').waitFor();

/** Waits for the own screen. */
const seeOwnScreen: Step = ({ page }) =>
  page.getByRole('region', { name: 'Your screen' }).locator('canvas[width="1280"]').waitFor();

/** The participant’s screen has the large tile. */
const sharing = (camera: RemoteTrackView): { readonly remote: CallView['remote'] } => ({
  remote: showing({ camera, screen: { kind: 'on' } }),
});

/** An ended call. */
const ended = (end: EndView, over?: Parameters<typeof call>[1]): readonly AppEvent[] => [
  ...signedIn(),
  call({ phase: 'ended', end }, over),
];

export const states: readonly State[] = [
  { name: 'welcome', events: signedOut, sign: 'Create your account' },
  {
    name: 'welcome-back',
    events: [...opening(), { event: 'account', account: null, last: account.name }],
    sign: 'Welcome back',
  },
  {
    name: 'welcome-errors',
    events: signedOut,
    answers: {
      'account.create': {
        error: failure(
          'RK_ACCOUNT_NAME_INVALID',
          'Give a name of 1 to 32 letters, fewer with accents, and no characters that cannot be seen.',
        ),
      },
    },
    act: steps(
      fill({ Name: 'Marta of the Northern Annexe, second floor', Password: 'short' }),
      click('Create account'),
    ),
    sign: '1 to 32 letters',
  },
  {
    name: 'welcome-throttled',
    events: signedOut,
    answers: {
      'account.signIn': {
        error: failure(
          'RK_ACCOUNT_THROTTLED',
          'Too many failed attempts for Marta. Try again in 42 s.',
        ),
      },
    },
    act: steps(click('Sign in'), fill(marta), click('Sign in')),
    sign: 'Try again in 42 s.',
  },
  {
    name: 'welcome-refused',
    events: signedOut,
    answers: { 'account.signIn': { error: wrong } },
    act: steps(click('Sign in'), fill(marta), click('Sign in')),
    sign: wrong.message,
  },
  {
    name: 'welcome-replaced',
    events: signedOut,
    answers: {
      'account.signIn': {
        error: failure(
          'RK_ACCOUNT_REPLACED',
          'This account’s safety number isn’t the one it had on this computer before. If you created the account again, or use another database now (Settings shows which), you can sign in with the new one; people you know will be warned. If not, someone may have changed the database: don’t sign in, and ask the person who runs it.',
        ),
      },
    },
    act: steps(click('Sign in'), fill(marta), click('Sign in')),
    sign: 'Sign in with the new one',
  },
  {
    name: 'welcome-unreadable',
    events: signedOut,
    answers: {
      'account.signIn': {
        error: {
          ...failure(
            'RK_STORAGE_DAMAGED',
            'Roomkey can’t check that this account is still yours. The file /home/marta/.config/roomkey/own-accounts/marta.json is damaged. If you’re sure that it’s yours, sign in again and choose “Sign in anyway”.',
          ),
          ownAccountUnreadable: true,
        },
      },
    },
    act: steps(click('Sign in'), fill(marta), click('Sign in'), click('Sign in anyway')),
    sign: 'Sign in anyway',
  },
  {
    name: 'welcome-notice',
    events: [
      ...signedOut,
      {
        event: 'notice',
        topic: 'app',
        failure: failure(
          'RK_ACCOUNT_DAMAGED',
          'Who is signed in on this machine cannot be understood. Sign in again.',
        ),
      },
    ],
    act: async ({ page }) => page.getByRole('region', { name: 'Notices' }).waitFor(),
    sign: 'cannot be understood',
  },
  {
    name: 'welcome-fallback',
    events: [...signedOut, { event: 'app', version: '0.1.0', plugins: fallen }],
    sign: 'stands in for',
  },
  {
    name: 'welcome-warnings',
    events: [
      ...signedOut,
      ...['One', 'Two', 'Three', 'Four', 'Five'].map((which) =>
        notice('app', failure('RK_STORAGE_EXPOSED', `${which}: the store can be read.`)),
      ),
    ],
    sign: '2 more. Dismiss one of these to see it.',
  },
  {
    name: 'welcome-busy',
    events: signedOut,
    answers: { 'account.create': 'never' },
    act: steps(fill(marta), click('Create account')),
    sign: 'Making your key…',
  },
  {
    name: 'rooms-looking',
    events: [...opening(), { event: 'account', account }, { event: 'call', call: null }],
    sign: 'Looking for rooms…',
  },
  { name: 'rooms', events: signedIn(), sign: 'Ward 4, night desk' },
  {
    name: 'rooms-other-version',
    events: signedIn([room(1, { live: true, compatible: false })]),
    sign: 'Update needed',
  },
  { name: 'rooms-empty', events: signedIn([]), sign: 'No rooms yet' },
  {
    name: 'rooms-200',
    events: signedIn([...rooms, ...Array.from({ length: 200 }, (_, index) => room(100 + index))]),
    sign: 'Ward 4, night desk',
  },
  {
    name: 'rooms-visited',
    events: signedIn([rooms[0]!, rooms[2]!, visited]),
    act: async ({ page }) => page.getByRole('option', { name: 'Ward 4, night desk' }).click(),
    sign: 'Last visit',
  },
  { name: 'rooms-awkward', events: signedIn(awkward), sign: awkwardNames[0]! },
  {
    name: 'rooms-not-found',
    events: signedIn(),
    act: async ({ page }) => page.getByRole('searchbox').fill('attic'),
    sign: 'No room found',
  },
  {
    name: 'rooms-trouble',
    events: [
      ...signedIn(),
      { event: 'app', version: '0.1.0', plugins: fallen },
      {
        event: 'storage',
        failure: failure(
          'RK_STORAGE_IO',
          'The database at db.local does not answer. What you see may be old; Roomkey goes on trying. Check that the server runs and that this machine reaches it.',
        ),
      },
    ],
    sign: 'What you see may be old',
  },
  {
    name: 'rooms-app-lost',
    events: signedIn(),
    act: async (ui) => {
      await ui.page.getByRole('listbox').waitFor();
      await ui.lose();
    },
    sign: 'Reconnecting to Roomkey…',
  },
  {
    name: 'rooms-join-failed',
    events: signedIn(),
    answers: {
      'call.join': {
        error: failure(
          'RK_ROOM_NOT_FOUND',
          'The room is not there any more. Refresh the list, or ask its owner.',
        ),
      },
      'rooms.refresh': 'never',
    },
    act: steps(
      ({ page }) => page.getByRole('option', { name: 'Kitchen' }).dblclick(),
      ({ page }) => page.getByText('ask its owner').waitFor(),
      click('Refresh'),
    ),
    sign: 'ask its owner',
  },
  {
    name: 'rooms-owner-changed',
    events: signedIn([...rooms, posed]),
    act: async ({ page }) => page.getByRole('option', { name: 'Check who this is' }).click(),
    sign: 'Check that it’s really them before you join.',
  },
  {
    name: 'rooms-owner-alike',
    events: signedIn([
      room(8, { name: 'Lab 12', owner: 'Jon\u0430s', known: 'new', live: true, notes: alike }),
      ...rooms,
    ]),
    act: async ({ page }) => page.getByRole('option', { name: 'Lab 12' }).first().click(),
    sign: 'looks like Jonas',
  },
  {
    name: 'call-alike',
    events: [
      ...signedIn(),
      call(
        liveWith({
          name: 'Jon\u0430s',
          known: 'new',
          notes: ['You’ve met this person as Mallory.', ...alike],
        }),
      ),
    ],
    sign: 'looks like Jonas',
  },
  {
    name: 'rooms-owner-asked',
    events: signedIn([...rooms, posed]),
    answers: { 'call.join': { error: changed } },
    act: async ({ page }) => page.getByRole('option', { name: 'Check who this is' }).dblclick(),
    sign: 'accept and join',
  },
  {
    name: 'create-room',
    events: signedIn(),
    act: steps(
      click('Create room'),
      fill({ Name: 'Studio', 'Password (optional)': 'sunshine2019' }),
    ),
    sign: 'Anyone nearby can try passwords',
  },
  {
    name: 'create-room-strong',
    events: signedIn(),
    answers: {
      'rooms.create': {
        error: failure(
          'RK_ROOM_EXISTS',
          'You have a room named “Workshop” already. Choose another name.',
        ),
      },
    },
    act: steps(
      click('Create room'),
      fill({ Name: 'Workshop', 'Password (optional)': 'gravel plum lantern otter' }),
      click('Create'),
    ),
    sign: 'Choose another name.',
  },
  {
    name: 'delete-room',
    events: signedIn(),
    act: steps(
      ({ page }) => page.getByRole('option', { name: 'Front door' }).click(),
      click('Delete…'),
    ),
    sign: 'Delete this room?',
  },
  {
    name: 'room-password',
    events: signedIn(),
    answers: {
      'call.join': { error: failure('RK_ROOM_PASSWORD_REQUIRED', 'The room has a password.') },
    },
    act: async ({ page }) => page.getByRole('option', { name: 'Ward 4' }).dblclick(),
    sign: 'The owner of the room knows it.',
  },
  {
    name: 'account',
    events: signedIn(),
    act: click(`Account: ${account.name}`),
    sign: 'Fingerprint',
  },
  {
    name: 'account-password',
    events: signedIn(),
    answers: {
      'account.changePassword': { error: wrong },
    },
    act: click(`Account: ${account.name}`, 'Change password…', 'Change password'),
    sign: wrong.message,
  },
  {
    name: 'account-password-changed',
    events: signedIn(),
    act: steps(
      click(`Account: ${account.name}`, 'Change password…'),
      fill({ 'Old password': 'an old one', 'New password': 'gravel plum lantern' }),
      click('Change password'),
    ),
    sign: 'Your password was changed.',
  },
  {
    name: 'account-delete',
    events: signedIn(),
    act: click(`Account: ${account.name}`, 'Delete account…'),
    sign: 'This cannot be undone.',
  },
  {
    name: 'account-delete-refused',
    events: signedIn([...rooms, ...awkward]),
    answers: {
      'account.remove': { error: wrong },
    },
    act: steps(
      click(`Account: ${account.name}`, 'Delete account…'),
      fill({ 'Your password': 'not this one' }),
      click('Delete account'),
    ),
    sign: wrong.message,
  },
  {
    name: 'settings',
    events: [...signedIn(), { event: 'app', version: '0.1.0', plugins: fallen }],
    answers,
    act: click('Settings'),
    sign: 'Plugins in use',
  },
  {
    name: 'settings-notice',
    events: [...signedIn(), call(live)],
    answers,
    act: async (ui) => {
      await click('Settings')(ui);
      ui.emit(roomFull);
    },
    sign: 'Carl tried to join.',
  },
  {
    name: 'call-preparing',
    events: [...signedIn(), call({ phase: 'preparing' })],
    answers,
    sign: 'Opening the room…',
  },
  {
    name: 'call-deriving-key',
    events: [...signedIn(), call({ phase: 'deriving-key' }, { room: ownRoom })],
    answers,
    sign: 'This takes a moment.',
  },
  {
    name: 'call-waiting',
    events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom, camera: on })],
    answers,
    units: ['preview camera'],
    sign: 'Anyone who knows the password can come in',
  },
  {
    name: 'call-waiting-after-leaving',
    events: [
      ...signedIn(),
      call({ phase: 'waiting', lastPartner: { name: 'Jonas', kind: 'left' } }, { room: openRoom }),
    ],
    answers,
    sign: 'Anyone on this network can ask to join.',
  },
  {
    name: 'call-knock',
    events: [...signedIn(), knocking(knocks[0])],
    answers,
    units: ['preview camera'],
    sign: 'Dora wants to join',
  },
  {
    name: 'call-knock-known',
    events: [...signedIn(), knocking(knocks[1])],
    answers,
    act: async ({ page }) => page.getByText('Carl’s fingerprint').click(),
    sign: 'Met before',
  },
  {
    name: 'call-knocks',
    events: [...signedIn(), knocking(knocks[2], knocks[0])],
    answers,
    sign: 'and 1 more',
  },
  {
    name: 'call-knocks-awkward',
    events: [
      ...signedIn(),
      knocking({ ...knocks[2], name: awkwardNames[0]!.slice(0, 32) }, ...knocks),
      notice('refused', refused),
      slow,
    ],
    answers,
    sign: 'and 3 more',
  },
  {
    name: 'call-knock-settings',
    events: [...signedIn(), call({ phase: 'waiting' }, { room: openRoom })],
    answers,
    act: async (ui) => {
      await click('Settings')(ui);
      ui.emit(knocking(...knocks));
    },
    sign: 'and 2 more',
  },
  {
    name: 'call-knocking',
    events: [...signedIn(), call({ phase: 'knocking', name: 'Jonas' }, { camera: on })],
    answers,
    units: ['preview camera'],
    sign: 'nothing of your camera or screen yet',
  },
  {
    name: 'call-searching',
    events: [...signedIn(), call({ phase: 'searching' })],
    answers,
    sign: 'You’ll join when',
  },
  {
    name: 'call-searching-after-loss',
    events: [
      ...signedIn(),
      call(
        { phase: 'searching', lastPartner: { name: 'Jonas', kind: 'lost' } },
        { camera: { kind: 'starting' } },
      ),
    ],
    answers,
    sign: 'Roomkey keeps trying',
  },
  {
    name: 'call-searching-after-leaving',
    events: [
      ...signedIn(),
      call(
        { phase: 'searching', lastPartner: { name: awkwardNames[0]!.slice(0, 32), kind: 'left' } },
        { room: { ...ward, owner: awkwardNames[0]!.slice(0, 32) } },
      ),
    ],
    answers,
    sign: 'comes back within 10 minutes',
  },
  {
    name: 'call-searching-unaccepted',
    events: [
      ...signedIn(),
      call({ phase: 'searching', lastPartner: { name: 'Jonas', kind: 'unaccepted' } }),
    ],
    answers,
    sign: 'You’ll join when they accept it.',
  },
  {
    name: 'call-waiting-unaccepted',
    events: [
      ...signedIn(),
      call(
        { phase: 'waiting', lastPartner: { name: 'Jonas', kind: 'unaccepted' } },
        { room: ownRoom },
      ),
    ],
    answers,
    sign: 'They can join once they accept it.',
  },
  {
    name: 'call-connecting',
    events: [...signedIn(), call({ phase: 'connecting', host: '192.168.1.23:50412' })],
    answers,
    sign: 'Someone answers at',
  },
  {
    name: 'call-live',
    events: [...signedIn(), call(live, { camera: on })],
    answers,
    units: ['remote camera', 'preview camera'],
    sign: 'Same identity as before',
  },
  {
    name: 'call-unattended',
    events: [...signedIn(), call(liveWith({ unattended: true }), { camera: on })],
    answers,
    units: ['remote camera', 'preview camera'],
    sign: 'Perhaps no one is looking',
  },
  {
    name: 'call-muted',
    events: [
      ...signedIn(),
      call(live, {
        camera: on,
        microphone: { kind: 'on', muted: true },
        remoteMicrophone: { kind: 'on', muted: true },
      }),
    ],
    answers,
    units: ['remote camera', 'preview camera'],
    act: seeRemote,
    sign: 'muted',
  },
  {
    name: 'call-talking',
    events: [
      ...signedIn(),
      call(liveWith({ name: awkwardNames[0]!.slice(0, 32) }), { camera: on }),
      levels,
    ],
    answers,
    units: ['remote camera', 'preview camera'],
    act: seeRemote,
    sign: 'Same identity as before',
  },
  {
    name: 'call-screen-muted',
    events: [
      ...signedIn(),
      call(liveWith({ name: awkwardNames[0]!.slice(0, 32) }), {
        camera: on,
        remoteMicrophone: { kind: 'off', reason: 'lost' },
        ...sharing({ kind: 'on' }),
      }),
    ],
    answers,
    units: ['remote camera', 'remote screen', 'preview camera'],
    act: seeThumbnail,
    sign: 'microphone off',
  },
  {
    name: 'call-microphone-denied',
    events: [
      ...signedIn(),
      call(live, { camera: on, microphone: { kind: 'failed', failure: denied, muted: false } }),
      notice('microphone', denied),
    ],
    answers,
    units: ['remote camera', 'preview camera'],
    sign: 'The microphone may not be used here.',
  },
  {
    name: 'call-no-devices',
    events: [
      ...signedIn(),
      call(live, {
        microphone: { kind: 'failed', failure: noMicrophone, muted: false },
        speaker: { kind: 'failed', failure: noLoudspeaker },
      }),
      notice('microphone', missingBoth),
    ],
    units: ['remote camera'],
    sign: 'No microphone and no loudspeaker found.',
  },
  {
    name: 'call-sound',
    events: [...signedIn(rooms, { microphoneId: 'Headset' }), call(live), levels],
    answers,
    act: click('Sound'),
    sign: 'Volume of the other person',
  },
  {
    name: 'call-sound-failed',
    events: [
      ...signedIn(rooms, { microphoneId: 'Headset of Marta' }),
      call(live, {
        microphone: { kind: 'off', muted: false },
        speaker: { kind: 'failed', failure: noLoudspeaker },
      }),
    ],
    act: click('Sound'),
    sign: 'There is no loudspeaker here.',
  },
  {
    name: 'call-sound-blocked',
    events: [...signedIn(), call(live, { camera: on })],
    answers,
    units: ['remote camera', 'preview camera'],
    act: offerSound({ isBlocked: true }),
    sign: 'The browser plays no sound until you click.',
  },
  {
    name: 'call-sound-blocked-microphone-denied',
    events: [
      ...signedIn(),
      call(live, { camera: on, microphone: { kind: 'failed', failure: denied, muted: false } }),
      notice('microphone', denied),
    ],
    answers,
    units: ['remote camera', 'preview camera'],
    act: offerSound({ isBlocked: true }),
    sign: 'The browser plays no sound until you click.',
  },
  {
    name: 'settings-echo-test',
    events: signedIn(),
    answers,
    act: steps(
      click('Settings'),
      offerSound({ echo: { unprocessedDb: -20, processedDb: -22 } }),
      click('Test loudspeaker and echo'),
      async ({ page }) => page.getByText('Others will hear themselves.').scrollIntoViewIfNeeded(),
    ),
    sign: 'Others will hear themselves.',
  },
  {
    name: 'settings-sound-test',
    events: [...signedIn(), levels],
    answers,
    act: steps(click('Settings', 'Test microphone'), async ({ page }) =>
      page.getByText('Speak: the bar should move.').scrollIntoViewIfNeeded(),
    ),
    sign: 'Speak: the bar should move.',
  },
  {
    name: 'settings-sound-test-failed',
    events: signedIn(),
    answers: { ...answers, 'audio.startTest': { error: denied } },
    act: steps(click('Settings', 'Test microphone'), async ({ page }) =>
      page.getByText(denied.message).scrollIntoViewIfNeeded(),
    ),
    sign: 'The microphone may not be used here.',
  },
  {
    name: 'call-live-statistics',
    events: [
      ...signedIn(rooms, { statistics: true }),
      call(liveWith({ known: 'new' }), { camera: on }),
      statistics(1),
      { event: 'notice', topic: 'refused', failure: refused },
    ],
    answers,
    units: ['remote camera', 'preview camera'],
    act: async ({ page, ...ui }) => {
      await page.getByText('Capture to screen').waitFor();
      ui.emit(statistics(2));
      await page.getByText('here, 2 before sending').waitFor();
    },
    sign: 'New on this computer',
  },
  {
    name: 'call-starts',
    events: [...signedIn(), call(live)],
    answers,
    sign: 'camera starts…',
  },
  {
    name: 'call-off',
    events: [...signedIn(), call(live, { remote: showing({ camera: { kind: 'off' } }) })],
    answers,
    sign: 'camera is off',
  },
  {
    name: 'call-disconnected',
    events: [
      ...signedIn(),
      call(live, { remote: showing({ camera: { kind: 'off', reason: 'lost' } }) }),
    ],
    answers,
    sign: 'camera was disconnected',
  },
  {
    name: 'call-paused',
    events: [...signedIn(), call(live)],
    answers,
    units: ['remote camera'],
    act: async (ui) => {
      await seeRemote(ui);
      ui.spoilUnits('none');
    },
    sign: 'video is paused: slow connection',
  },
  {
    name: 'call-cannot-be-played',
    events: [...signedIn(), call(live)],
    answers,
    units: ['remote camera'],
    act: async (ui) => {
      await seeRemote(ui);
      ui.spoilUnits('broken');
    },
    sign: 'video can’t be played here',
  },
  {
    name: 'call-screen-and-camera',
    events: [...signedIn(), call(live, { camera: on, ...sharing({ kind: 'on' }) })],
    answers,
    units: ['remote camera', 'remote screen', 'preview camera'],
    act: seeThumbnail,
    sign: 'shares their screen',
  },
  {
    name: 'call-screen-without-camera',
    events: [...signedIn(), call(live, sharing({ kind: 'off' }))],
    answers,
    units: ['remote screen'],
    sign: 'camera is off',
  },
  {
    name: 'call-screen-and-disconnected-camera',
    events: [
      ...signedIn(),
      call(liveWith({ name: awkwardNames[0]!.slice(0, 32) }), {
        camera: on,
        ...sharing({ kind: 'off', reason: 'lost' }),
      }),
    ],
    answers,
    units: ['remote screen', 'preview camera'],
    sign: 'camera was disconnected',
  },
  {
    name: 'call-own-screen',
    events: [...signedIn(), call(live, { camera: on, screen: on, screenAudio: true })],
    answers,
    units: ['remote camera', 'preview camera', 'preview screen'],
    act: seeOwnScreen,
    sign: 'Stop sharing',
  },
  {
    name: 'call-own-screen-starts',
    events: [...signedIn(), call(live, { screen: { kind: 'starting' } })],
    answers,
    units: ['remote camera'],
    sign: 'Starting screen sharing…',
  },
  {
    name: 'call-both-screens',
    events: [...signedIn(), call(live, { camera: on, screen: on, ...sharing({ kind: 'on' }) })],
    answers,
    units: ['remote camera', 'remote screen', 'preview camera', 'preview screen'],
    act: steps(seeThumbnail, seeOwnScreen),
    sign: 'shares their screen',
  },
  {
    name: 'call-both-screens-without-cameras',
    events: [
      ...signedIn(rooms, { statistics: true }),
      call(live, { room: ownRoom, screen: on, ...sharing({ kind: 'off', reason: 'failed' }) }),
      statistics(1),
    ],
    answers,
    units: ['remote screen', 'preview screen'],
    act: seeOwnScreen,
    sign: 'camera stopped working',
  },
  {
    name: 'full-screen',
    events: [
      ...signedIn(rooms, { statistics: true }),
      call(live, { camera: on }),
      statistics(1),
      notice('refused', refused),
    ],
    answers,
    units: ['remote camera', 'preview camera'],
    act: steps(seeRemote, click('Full screen')),
    sign: 'Someone at 192.168.1.40',
  },
  {
    name: 'full-screen-waiting',
    events: [...signedIn(), call(live)],
    answers,
    act: async (ui) => {
      await click('Full screen')(ui);
      await ui.page.getByRole('button', { name: 'Leave full screen' }).waitFor();
      ui.emit(call({ phase: 'searching', lastPartner: { name: 'Jonas', kind: 'left' } }), slow);
    },
    sign: 'comes back within 10 minutes',
  },
  {
    name: 'full-screen-knock',
    events: [...signedIn(), call(live, { room: openRoom })],
    answers,
    act: async (ui) => {
      await click('Full screen')(ui);
      await ui.page.getByRole('button', { name: 'Leave full screen' }).waitFor();
      ui.emit(knocking(...knocks));
    },
    sign: 'Dora wants to join',
  },
  {
    name: 'full-screen-both-screens',
    events: [...signedIn(), call(live, { camera: on, screen: on, ...sharing({ kind: 'on' }) })],
    answers,
    units: ['remote camera', 'remote screen', 'preview camera', 'preview screen'],
    act: steps(seeThumbnail, seeOwnScreen, click('Full screen'), async ({ page }) =>
      page.getByRole('button', { name: 'Leave full screen' }).waitFor(),
    ),
    sign: 'shares their screen',
  },
  {
    name: 'call-cameras-unknown',
    events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
    answers: {
      'camera.devices': {
        error: failure(
          'RK_PLUGIN_TIMEOUT',
          'The window did not say within 10 s which cameras there are. Close it and open Roomkey again.',
        ),
      },
    },
    sign: 'which cameras there are',
  },
  {
    name: 'call-camera-failed',
    events: [
      ...signedIn(),
      call(liveWith({ name: awkwardNames[0]!.slice(0, 32) }), {
        room: { ...ownRoom, name: awkwardNames[0]! },
        camera: {
          kind: 'failed',
          failure: failure(
            'RK_CAMERA_BUSY',
            'Another program has the camera. Close it, then start the camera again.',
          ),
        },
      }),
    ],
    answers,
    sign: 'Another program has the camera.',
  },
  {
    name: 'call-camera-failed-details',
    events: [
      ...signedIn(),
      call(live, {
        camera: {
          kind: 'failed',
          failure: {
            ...failure('RK_CAMERA_FAILED', 'The camera couldn’t be turned on.'),
            details:
              'TypeError: Failed to construct ‘MediaStreamTrackProcessor’: Input track cannot be ended',
          },
        },
      }),
    ],
    answers,
    act: async ({ page }) => page.locator('.tile.local summary').click(),
    sign: 'Input track cannot be ended',
  },
  {
    name: 'call-app-lost',
    events: [...signedIn(), call(live, { camera: on })],
    answers,
    act: async (ui) => {
      await ui.page.getByText('Same identity as before').waitFor();
      await ui.lose();
    },
    sign: 'Reconnecting to Roomkey…',
  },
  {
    name: 'call-leave',
    events: [...signedIn(), call({ phase: 'waiting' }, { room: ownRoom })],
    answers,
    act: click('Exit'),
    sign: 'Leave the room?',
  },
  {
    name: 'call-leave-notices',
    events: [
      ...signedIn(),
      call({ phase: 'waiting' }, { room: ownRoom }),
      notice('refused', refused),
      slow,
      roomFull,
    ],
    answers,
    act: click('Exit'),
    sign: 'Leave the room?',
  },
  {
    name: 'settings-notices',
    events: [...signedIn(), call(live), notice('refused', refused), slow, roomFull],
    answers,
    act: click('Settings'),
    sign: 'Carl tried to join.',
  },
  {
    name: 'create-room-notices',
    events: [...signedIn(), slow],
    act: click('Create room'),
    sign: 'The settings could not be written',
  },
  {
    name: 'ended-closed',
    events: ended({ kind: 'room-closed' }),
    sign: 'The room was deleted',
  },
  {
    name: 'ended-replaced',
    events: ended({ kind: 'replaced' }),
    sign: 'from another place',
  },
  {
    name: 'ended-wrong-password',
    events: ended(
      {
        kind: 'failed',
        failure: failure(
          'RK_HANDSHAKE_FAILED',
          'The other side could not be verified. Check the password and that it is the right room, then try again. If it keeps failing, someone may be in between.',
        ),
      },
      { room: ward },
    ),
    sign: 'The password did not fit',
  },
  {
    name: 'ended-gone',
    events: ended({
      kind: 'failed',
      failure: failure(
        'RK_ROOM_NOT_OPEN',
        'Jonas left and didn’t come back within 10 minutes. Join again to wait for Jonas.',
      ),
    }),
    sign: 'Join again to wait for Jonas.',
  },
  {
    name: 'ended-password-of-last-time',
    events: ended(
      {
        kind: 'failed',
        failure: failure(
          'RK_ROOM_PASSWORD_CHANGED',
          'This isn’t the password that you used last time on this computer. Enter that one, or enter this one again to use it from now on.',
        ),
      },
      { room: ownRoom },
    ),
    sign: 'enter this one again',
  },
  {
    name: 'ended-declined',
    events: ended({
      kind: 'failed',
      failure: failure('RK_ROOM_DECLINED', 'Jonas didn’t let you in.'),
    }),
    sign: 'You can ask again in 10 minutes.',
  },
  {
    name: 'ended-busy',
    events: ended({
      kind: 'failed',
      failure: failure('RK_ROOM_FULL', 'The room is full. Try again later.'),
    }),
    sign: 'The room is full',
  },
  {
    name: 'ended-version',
    events: ended({
      kind: 'failed',
      failure: failure(
        'RK_HANDSHAKE_VERSION',
        'The two sides have no protocol version in common. Update Roomkey on both.',
      ),
    }),
    sign: 'The two versions do not fit',
  },
  {
    name: 'ended-identity-mismatch',
    events: ended({ kind: 'failed', failure: changed }),
    sign: 'shows another identity',
  },
  {
    name: 'ended-unaccepted',
    events: ended({
      kind: 'failed',
      failure: failure(
        'RK_IDENTITY_UNACCEPTED',
        `Jonas didn’t accept your fingerprint within 10 minutes. Read it to them by phone, then join again: ${account.fingerprint}`,
      ),
    }),
    sign: 'didn’t accept your fingerprint within 10 minutes',
  },
  {
    name: 'elsewhere',
    events: [...signedIn(), { event: 'page', state: 'elsewhere' }],
    sign: 'Roomkey is open in another window',
  },
  {
    name: 'rooms-chosen-dark',
    events: signedIn(rooms, { theme: 'dark' }),
    sign: 'Ward 4, night desk',
  },
  {
    name: 'call-identity-mismatch',
    events: [
      ...signedIn(),
      call({ phase: 'waiting' }, { room: ownRoom }),
      { event: 'notice', topic: 'refused', failure: changed },
    ],
    answers,
    act: click('Compare…'),
    sign: 'It is theirs: accept',
  },
  {
    name: 'ended-several-identities',
    events: ended({
      kind: 'failed',
      failure: {
        ...changed,
        person: {
          name: 'Jonas',
          known: [jonas.fingerprint],
          shown: ['c02a-77e9-4d1b-90ff-a3c8', '19d4-0b6e-83aa-5c27-f010'],
        },
      },
    }),
    sign: 'Choose the one that they read to you.',
  },
  {
    name: 'gone',
    events: signedIn(),
    act: async (ui) => {
      await ui.page.getByRole('listbox').waitFor();
      ui.end();
    },
    sign: 'Roomkey has closed',
  },
  { name: 'opening', events: [], sign: 'Opening Roomkey…' },
  {
    name: 'refused',
    events: [],
    act: async ({ page }) => {
      await page.evaluate(() => sessionStorage.clear());
      await page.goto(new URL('/', page.url()).href);
    },
    sign: 'This link was already used',
  },
];
